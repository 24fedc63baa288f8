package ai.apertis.benchmarks.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.stream.IntStream;

import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

/**
 * What the threads of another virtual machine allocate.
 */
final class Allocation implements AutoCloseable {

	/** The threads that answer this question. */
	private static final String ASKING = "RMI ";

	private final JMXConnector connector;

	private final ThreadMXBean threads;

	private Allocation(JMXConnector connector, ThreadMXBean threads) {
		this.connector = connector;
		this.threads = threads;
	}

	/**
	 * Attach to a virtual machine.
	 */
	static Allocation of(long pid) throws IOException {
		try {
			VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
			String url = machine.startLocalManagementAgent();
			machine.detach();
			JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url));
			return new Allocation(connector, ManagementFactory.newPlatformMXBeanProxy(
					connector.getMBeanServerConnection(), ManagementFactory.THREAD_MXBEAN_NAME, ThreadMXBean.class));
		}
		catch (AttachNotSupportedException ex) {
			throw new IOException(ex);
		}
	}

	/**
	 * Bytes that were allocated so far by the threads that live.
	 */
	long bytes() {
		long[] ids = this.threads.getAllThreadIds();
		var infos = this.threads.getThreadInfo(ids);
		long[] working = IntStream.range(0, ids.length)
			.filter((i) -> infos[i] != null && !infos[i].getThreadName().startsWith(ASKING))
			.mapToLong((i) -> ids[i])
			.toArray();
		return Arrays.stream(this.threads.getThreadAllocatedBytes(working)).filter((bytes) -> bytes > 0).sum();
	}

	@Override
	public void close() throws IOException {
		this.connector.close();
	}

}
