package ai.apertis.passthrough.ui;

/**
 * Callback for conversations with pages, such as to save them. A bean of this type is
 * called for each answer.
 */
@FunctionalInterface
public interface UiConversationListener {

	/**
	 * An answer has ended, however it did. May block: it is called by a thread for
	 * blocking work. The end of a complete answer waits for it, so that a page that loads
	 * the conversation then finds it; a failure of it is logged, and not told to the
	 * page.
	 * @param conversation the conversation
	 */
	void ended(UiConversation conversation);

}
