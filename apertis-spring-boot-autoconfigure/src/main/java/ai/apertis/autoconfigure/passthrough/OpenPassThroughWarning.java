package ai.apertis.autoconfigure.passthrough;

import java.util.List;

import ai.apertis.passthrough.PassThroughUserResolver;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.util.ClassUtils;

/**
 * Warns if nothing in the application authenticates the clients of the pass-through.
 */
class OpenPassThroughWarning implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(OpenPassThroughWarning.class);

	private static final List<String> SECURITY = List.of("org.springframework.security.web.SecurityFilterChain",
			"org.springframework.security.web.server.SecurityWebFilterChain");

	private static final String DEFAULT_RESOLVER = "apertisPassThroughUserResolver";

	private final ListableBeanFactory beanFactory;

	private final String basePath;

	OpenPassThroughWarning(ListableBeanFactory beanFactory, String basePath) {
		this.beanFactory = beanFactory;
		this.basePath = basePath;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!isAuthenticating()) {
			logger.warn("The pass-through at " + this.basePath + " is open: whoever reaches it spends the tokens of"
					+ " this application's API key. Add Spring Security, or define a PassThroughUserResolver if the"
					+ " application authenticates its users in another way");
		}
	}

	private boolean isAuthenticating() {
		boolean secured = SECURITY.stream()
			.filter((name) -> ClassUtils.isPresent(name, getClass().getClassLoader()))
			.map((name) -> ClassUtils.resolveClassName(name, getClass().getClassLoader()))
			.anyMatch(this::isDefined);
		return secured || !List.of(this.beanFactory.getBeanNamesForType(PassThroughUserResolver.class))
			.equals(List.of(DEFAULT_RESOLVER));
	}

	private boolean isDefined(Class<?> type) {
		return this.beanFactory.getBeanNamesForType(type, true, false).length > 0;
	}

}
