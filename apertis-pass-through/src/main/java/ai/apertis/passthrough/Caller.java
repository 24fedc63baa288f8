package ai.apertis.passthrough;

import java.security.Principal;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * Sender of a request to the pass-through.
 *
 * @param principal who the application's authentication says that it is, {@code null} if
 * it says nothing
 * @param address the address from which the request came, {@code null} if it is not known
 * @param headers the request's headers, read-only. Anybody can send any
 */
public record Caller(@Nullable Principal principal, @Nullable String address, HttpHeaders headers) {

	public Caller {
		headers = HttpHeaders.readOnlyHttpHeaders(headers);
	}

	/**
	 * Return the names of the headers, not their values.
	 */
	@Override
	public String toString() {
		return "Caller[principal=" + ((this.principal != null) ? this.principal.getName() : null) + ", address="
				+ this.address + ", headers=" + this.headers.headerNames() + "]";
	}

}
