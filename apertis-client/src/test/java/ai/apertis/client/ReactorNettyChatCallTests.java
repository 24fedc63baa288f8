package ai.apertis.client;

/**
 * Calls made with the client's own pool of Reactor Netty.
 */
class ReactorNettyChatCallTests extends ChatCallContractTests {

	@Override
	ApertisClientBuilder transport(ApertisClientBuilder builder) {
		return builder;
	}

}
