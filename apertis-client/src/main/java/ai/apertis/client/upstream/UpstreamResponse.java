package ai.apertis.client.upstream;

import org.springframework.http.HttpHeaders;

/**
 * An answer of the gateway that is not streamed.
 *
 * @param headers its headers
 * @param json its body, which tells of no error
 */
public record UpstreamResponse(HttpHeaders headers, byte[] json) {
}
