package ai.apertis.client.observation;

import java.util.Optional;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.EncodingType;
import org.jspecify.annotations.Nullable;

/**
 * {@link TokenEstimator} with JTokkit: exact for OpenAI's models, and close for others,
 * which are counted as OpenAI's newer models do.
 */
public final class JtokkitTokenEstimator implements TokenEstimator {

	private final EncodingRegistry encodings = Encodings.newLazyEncodingRegistry();

	@Override
	public long tokens(String text, @Nullable String model) {
		return encoding(model).countTokensOrdinary(text);
	}

	private Encoding encoding(@Nullable String model) {
		return ((model != null) ? this.encodings.getEncodingForModel(model) : Optional.<Encoding>empty())
			.orElseGet(() -> this.encodings.getEncoding(EncodingType.O200K_BASE));
	}

}
