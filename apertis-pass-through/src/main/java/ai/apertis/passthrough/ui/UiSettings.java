package ai.apertis.passthrough.ui;

import java.time.Duration;
import java.util.List;

/**
 * How pages are answered.
 *
 * @param parameters the parameters of the model that a page may set
 * @param sendReasoning whether pages get the model's reasoning
 * @param returnReasoning whether the model gets its reasoning of earlier answers again
 * @param newerFields whether to send fields that older versions of the AI SDK refuse
 * @param maxTurns how often the model may be called for an answer, each time but the
 * first with the results of tools
 * @param maxToolCalls how many tools may be called for an answer
 * @param toolTimeout how long a tool may take, and whatever saves the conversation
 * @param resume whether answers can be resumed by the id of their conversation
 */
public record UiSettings(List<String> parameters, boolean sendReasoning, boolean returnReasoning, boolean newerFields,
		int maxTurns, int maxToolCalls, Duration toolTimeout, boolean resume) {

	public UiSettings {
		parameters = List.copyOf(parameters);
	}

}
