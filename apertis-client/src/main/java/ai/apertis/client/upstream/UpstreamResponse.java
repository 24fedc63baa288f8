package ai.apertis.client.upstream;

import org.springframework.http.HttpHeaders;

/**
 * Response of the gateway that is not streamed.
 *
 * @param headers its headers
 * @param json its body, which reports no error
 */
public record UpstreamResponse(HttpHeaders headers, byte[] json) {
}
