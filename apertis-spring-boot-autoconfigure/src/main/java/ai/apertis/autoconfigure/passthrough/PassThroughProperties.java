package ai.apertis.autoconfigure.passthrough;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import ai.apertis.autoconfigure.PropertyChecks;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.address.TrustedProxies;
import ai.apertis.passthrough.delivery.DeliverySettings;
import ai.apertis.passthrough.delivery.DrainLimits;
import ai.apertis.passthrough.exchange.HeaderRules;
import ai.apertis.passthrough.exchange.PassThroughSettings;
import ai.apertis.passthrough.exchange.UploadLimits;
import ai.apertis.passthrough.limit.NameCase;
import ai.apertis.passthrough.resume.ResumeSettings;
import ai.apertis.passthrough.route.RequestRules;
import ai.apertis.passthrough.route.SharedKeyRules;
import ai.apertis.passthrough.ui.UiSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the pass-through.
 *
 * @param enabled Whether to serve the pass-through. Whoever reaches it spends the
 * gateway's tokens.
 * @param basePath Path below which the OpenAI-compatible routes are served.
 * @param routes Comma-separated list of the routes to serve.
 * @param sharedKey What users may use of that which belongs to the owner of the API key,
 * on the routes "responses" and "messages".
 * @param allowedModels Comma-separated list of models that may be asked, each an id or a
 * pattern such as "gpt-4o*". Any model unless set.
 * @param maxOutputTokens Maximum number of tokens that each choice of an answer may have.
 * Requests that ask for more, or set no limit, get this one.
 * @param maxChoices Maximum number of choices of an answer.
 * @param maxRequestSize Largest size of a request's body.
 * @param requestTimeout How long a request's body may take to arrive.
 * @param requestMemory Maximum number of bytes of the bodies of all requests together. A
 * sixteenth of the heap unless set, but two bodies of the largest size.
 * @param maxRequestDepth How deep the JSON of a request may be nested.
 * @param maxRequestValues How many names, values and brackets the JSON of a request may
 * have.
 * @param deniedParameters Comma-separated list of request parameters that a client must
 * not set.
 * @param maxStreams Maximum number of answers under way, streamed or not. Any further
 * request is refused.
 * @param perUser Limits for each user.
 * @param trustedProxies Comma-separated list of the networks of proxies that are believed
 * when they tell from which address a request came, with
 * "server.forward-headers-strategy".
 * @param budget Budgets of all users together, and how budgets are kept.
 * @param heartbeat Signs of life for clients of silent streams.
 * @param onDisconnect What happens with the gateway's stream when its client hangs up.
 * @param drain Bounds of reading on.
 * @param writeTimeout How long a client of a stream may take nothing on WebFlux. On
 * Tomcat, "server.tomcat.connection-timeout" says so.
 * @param modelsCache How long the list of models is kept.
 * @param shutdownGrace How long running streams may take to end when the application
 * shuts down.
 * @param requestHeaders Comma-separated list of headers of a client's request that are
 * sent to the gateway, each a name or a pattern such as "x-app-*".
 * @param responseHeaders Comma-separated list of headers of the gateway's answer that are
 * sent to the client.
 * @param ui Routes for the AI SDK, such as React's "useChat".
 * @param resume Streams that are stored for a while, so that they can be resumed.
 */
@ConfigurationProperties("apertis.pass-through")
public record PassThroughProperties(@DefaultValue("false") boolean enabled, @DefaultValue("/apertis") String basePath,
		@DefaultValue("chat") Set<RouteName> routes, @DefaultValue SharedKey sharedKey,
		@DefaultValue List<String> allowedModels, @Nullable Long maxOutputTokens, @DefaultValue("8") int maxChoices,
		@DefaultValue("10MB") DataSize maxRequestSize, @DefaultValue("30s") Duration requestTimeout,
		@Nullable DataSize requestMemory, @DefaultValue("100") int maxRequestDepth,
		@DefaultValue("100000") long maxRequestValues, @DefaultValue List<String> deniedParameters,
		@DefaultValue("1000") int maxStreams, @DefaultValue PerUser perUser, @DefaultValue( {
				"10.0.0.0/8", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "172.16.0.0/12", "127.0.0.0/8",
				"fc00::/7", "fe80::/10", "::1" }) List<String> trustedProxies,
		@DefaultValue Budgeting budget, @DefaultValue Heartbeat heartbeat,
		@DefaultValue("cancel") OnDisconnect onDisconnect, @DefaultValue Drain drain,
		@DefaultValue("1m") Duration writeTimeout, @DefaultValue("1m") Duration modelsCache,
		@DefaultValue("20s") Duration shutdownGrace, @DefaultValue List<String> requestHeaders, @DefaultValue({
				"x-actual-model", "x-fallback-*", "x-web-search-*", "x-request-id" }) List<String> responseHeaders,
		@DefaultValue Ui ui, @DefaultValue Resume resume){

	/** Deeper JSON can be read, but not written. */
	private static final int MAX_DEPTH = 400;

	/** A body is in memory several times while it is sent on. */
	private static final int PARTS_OF_MEMORY = 16;

	/** Costs are counted in billionths. */
	private static final int BILLIONTHS = 9;

	private static final PropertyChecks CHECKS = PropertyChecks.below("apertis.pass-through");

	public PassThroughProperties {
		if (!basePath.startsWith("/") || basePath.endsWith("/")) {
			CHECKS.refuse("base-path", basePath, "It must start with a slash and not end with one, such as /apertis.");
		}
		allowedModels.forEach((model) -> CHECKS.notBlank("allowed-models", model));
		try {
			TrustedProxies.of(trustedProxies);
		}
		catch (IllegalArgumentException ex) {
			CHECKS.refuse("trusted-proxies", trustedProxies, ex.getMessage() + ".");
		}
		CHECKS.positive("max-output-tokens", maxOutputTokens);
		CHECKS.positive("max-choices", maxChoices);
		CHECKS.ofOneArray("max-request-size", maxRequestSize);
		CHECKS.positive("request-timeout", requestTimeout);
		CHECKS.positive("request-memory", requestMemory);
		CHECKS.positive("max-request-depth", maxRequestDepth);
		CHECKS.positive("max-request-values", maxRequestValues);
		if (maxRequestDepth > MAX_DEPTH) {
			CHECKS.refuse("max-request-depth", maxRequestDepth, "It must not exceed " + MAX_DEPTH + ".");
		}
		CHECKS.positive("write-timeout", writeTimeout);
		CHECKS.positive("max-streams", maxStreams);
		CHECKS.notNegative("models-cache", modelsCache);
		CHECKS.notNegative("shutdown-grace", shutdownGrace);
	}

	/**
	 * Return the maximum number of bytes that a request's body may have.
	 * @return the number of bytes
	 */
	int maxRequestBytes() {
		return Math.toIntExact(this.maxRequestSize.toBytes());
	}

	/**
	 * Return the maximum number of bytes that the bodies of all requests together may
	 * have.
	 * @return the number of bytes
	 */
	long requestMemoryBytes() {
		return (this.requestMemory != null) ? this.requestMemory.toBytes()
				: Math.max(Runtime.getRuntime().maxMemory() / PARTS_OF_MEMORY, 2 * this.maxRequestSize.toBytes());
	}

	RequestRules toRules(@Nullable String defaultModel) {
		return new RequestRules(defaultModel, this.allowedModels, this.maxOutputTokens, this.maxChoices,
				this.maxRequestDepth, this.maxRequestValues, this.deniedParameters);
	}

	PassThroughSettings toSettings(RequestRules rules) {
		DrainLimits drainLimits = (this.onDisconnect == OnDisconnect.DRAIN)
				? new DrainLimits(this.drain.maxStreams(), this.drain.timeout()) : DrainLimits.none();
		return new PassThroughSettings(rules, new UploadLimits(maxRequestBytes(), this.requestTimeout),
				new HeaderRules(this.requestHeaders, this.responseHeaders),
				new DeliverySettings(this.heartbeat.toSettings(), drainLimits, this.writeTimeout), this.modelsCache);
	}

	/**
	 * Route of the gateway's protocols.
	 */
	public enum RouteName {

		/** OpenAI's chat completions, at /v1/chat/completions. */
		CHAT,

		/** OpenAI's Responses, at /v1/responses. */
		RESPONSES,

		/** Anthropic's Messages, at /v1/messages. */
		MESSAGES,

		/** Embeddings, at /v1/embeddings. */
		EMBEDDINGS,

		/** Rankings of documents, at /v1/rerank. */
		RERANK

	}

	/**
	 * What users may use of that which belongs to the owner of the API key.
	 *
	 * @param allowedParameters Comma-separated list of parameters that users may set
	 * though they reach what is kept under the key, such as "previous_response_id".
	 * @param allowedTools Comma-separated list of tools that the provider runs and users
	 * may declare, each a type or a pattern such as "web_search*".
	 * @param remoteUrls Whether requests may name addresses from which images and files
	 * are fetched.
	 */
	public record SharedKey(@DefaultValue Set<String> allowedParameters, @DefaultValue List<String> allowedTools,
			@DefaultValue("true") boolean remoteUrls) {

		public SharedKey {
			for (String parameter : allowedParameters) {
				if (!SharedKeyRules.PARAMETERS.contains(parameter)) {
					CHECKS.refuse("shared-key.allowed-parameters", parameter,
							"It must be one of " + new TreeSet<>(SharedKeyRules.PARAMETERS) + ".");
				}
			}
			allowedTools.forEach((tool) -> CHECKS.notBlank("shared-key.allowed-tools", tool));
		}

		SharedKeyRules toRules() {
			return new SharedKeyRules(this.allowedParameters, this.allowedTools, this.remoteUrls);
		}

	}

	/**
	 * Limits for each user: the principal, or whom a PassThroughUserResolver names;
	 * anonymous users are identified by the address.
	 *
	 * @param maxStreams Maximum number of answers that a user may have under way.
	 * @param requestsPerMinute Maximum number of requests that a user may make in a
	 * minute.
	 * @param tokens Maximum number of tokens, of prompts and answers, that a user may
	 * spend in a period.
	 * @param cost Maximum of what the calls of a user may cost in a period, in the
	 * currency of "apertis.metrics.prices".
	 * @param period Period for tokens and cost.
	 * @param furtherBudgets Further budgets, with other periods.
	 * @param nameCase How the names of users are told apart.
	 */
	public record PerUser(@Nullable Integer maxStreams, @Nullable Long requestsPerMinute, @Nullable Long tokens,
			@Nullable BigDecimal cost, @DefaultValue("1d") Duration period,
			@DefaultValue List<FurtherBudget> furtherBudgets, @DefaultValue("lower") NameCase nameCase) {

		public PerUser {
			CHECKS.positive("per-user.max-streams", (maxStreams != null) ? maxStreams.longValue() : null);
			CHECKS.positive("per-user.requests-per-minute", requestsPerMinute);
			CHECKS.positive("per-user.tokens", tokens);
			CHECKS.positive("per-user.cost", cost);
			CHECKS.positive("per-user.period", period);
		}

		List<Budget> toBudgets() {
			return budgets("per-user", Budget.Scope.USER, new FurtherBudget(this.tokens, this.cost, this.period),
					this.furtherBudgets);
		}

	}

	/**
	 * Budgets of all users together, and how budgets are kept.
	 *
	 * @param tokens Maximum number of tokens, of prompts and answers, that all users
	 * together may spend in a period.
	 * @param cost Maximum of what the calls of all users together may cost in a period,
	 * in the currency of "apertis.metrics.prices".
	 * @param period Period for tokens and cost.
	 * @param furtherBudgets Further budgets, with other periods.
	 * @param slice How many output tokens a stream reserves at a time, for each choice.
	 * @param wholeAnswer How many output tokens an answer that is not streamed may have
	 * where there is a budget, for each choice, if neither the request nor
	 * "max-output-tokens" limits it.
	 * @param allowUnpriced Whether models without a price may be asked where there is a
	 * budget in money. They cost nothing then.
	 * @param store Where all limits of users, and all budgets, are kept.
	 * @param onStoreFailure What happens with requests while the store is away.
	 * @param storeTimeout How long the store may take to answer.
	 * @param reservationTimeout After which time the store gives back what an instance
	 * has reserved that does not say anything any more.
	 * @param headers Whether responses tell in the headers RateLimit-Policy and RateLimit
	 * what is left of the budgets of their user.
	 */
	public record Budgeting(@Nullable Long tokens, @Nullable BigDecimal cost, @DefaultValue("1d") Duration period,
			@DefaultValue List<FurtherBudget> furtherBudgets, @DefaultValue("1000") long slice,
			@DefaultValue("16000") long wholeAnswer, @DefaultValue("false") boolean allowUnpriced,
			@DefaultValue("memory") Store store, @DefaultValue("refuse") OnStoreFailure onStoreFailure,
			@DefaultValue("500ms") Duration storeTimeout, @DefaultValue("2m") Duration reservationTimeout,
			@DefaultValue("false") boolean headers) {

		public Budgeting {
			CHECKS.positive("budget.tokens", tokens);
			CHECKS.positive("budget.cost", cost);
			CHECKS.positive("budget.period", period);
			CHECKS.positive("budget.slice", slice);
			CHECKS.positive("budget.whole-answer", wholeAnswer);
			CHECKS.positive("budget.store-timeout", storeTimeout);
			CHECKS.positive("budget.reservation-timeout", reservationTimeout);
		}

		/**
		 * What happens with requests while the store is away.
		 */
		public enum OnStoreFailure {

			/**
			 * They are refused. Streams that have something reserved go on as far as it
			 * goes.
			 */
			REFUSE,

			/** They are let through. */
			ALLOW

		}

		List<Budget> toBudgets() {
			return budgets("budget", Budget.Scope.APPLICATION, new FurtherBudget(this.tokens, this.cost, this.period),
					this.furtherBudgets);
		}

	}

	/**
	 * Budget besides the first.
	 *
	 * @param tokens Maximum number of tokens, of prompts and answers, in a period.
	 * @param cost Maximum of what calls may cost in a period.
	 * @param period Period for both.
	 */
	public record FurtherBudget(@Nullable Long tokens, @Nullable BigDecimal cost, Duration period) {

		public FurtherBudget {
			CHECKS.positive("further-budgets.tokens", tokens);
			CHECKS.positive("further-budgets.cost", cost);
			CHECKS.positive("further-budgets.period", period);
		}

		private Stream<Budget> toBudgets(Budget.Scope scope) {
			return Stream
				.of((this.tokens != null) ? new Budget(scope, Budget.Unit.TOKENS, this.tokens, this.period) : null,
						(this.cost != null) ? new Budget(scope, Budget.Unit.COST,
								this.cost.movePointRight(BILLIONTHS).setScale(0, RoundingMode.CEILING).longValueExact(),
								this.period) : null)
				.filter(Objects::nonNull);
		}

	}

	private static List<Budget> budgets(String prefix, Budget.Scope scope, FurtherBudget first,
			List<FurtherBudget> further) {
		List<Budget> budgets = Stream.concat(Stream.of(first), further.stream())
			.flatMap((budget) -> budget.toBudgets(scope))
			.toList();
		Set<String> names = new HashSet<>();
		for (Budget budget : budgets) {
			if (!names.add(budget.name())) {
				CHECKS.refuse(prefix + ".further-budgets", budget.name(),
						"There is another budget of the same kind for the same period.");
			}
		}
		return budgets;
	}

	/**
	 * Return the budgets that requests are paid from.
	 * @return those of each user, and those of the application
	 */
	List<Budget> toBudgets() {
		return Stream.concat(this.perUser.toBudgets().stream(), this.budget.toBudgets().stream()).toList();
	}

	/**
	 * Signs of life for clients of silent streams.
	 *
	 * @param initialDelay After which silence the first one commits the response, so that
	 * an error that comes later has no status of its own. Zero switches them off.
	 * @param interval After which silence the others come.
	 */
	public record Heartbeat(@DefaultValue("3s") Duration initialDelay, @DefaultValue("15s") Duration interval) {

		public Heartbeat {
			CHECKS.notNegative("heartbeat.initial-delay", initialDelay);
			CHECKS.positive("heartbeat.interval", interval);
		}

		ai.apertis.passthrough.delivery.Heartbeat toSettings() {
			return new ai.apertis.passthrough.delivery.Heartbeat(this.initialDelay, this.interval);
		}

	}

	/**
	 * Bounds of reading on when clients have hung up.
	 *
	 * @param maxStreams Maximum number of streams that are read on at the same time. Any
	 * further one is cancelled.
	 * @param timeout How long each of them may take.
	 */
	public record Drain(@DefaultValue("100") int maxStreams, @DefaultValue("30s") Duration timeout) {

		public Drain {
			CHECKS.positive("drain.max-streams", maxStreams);
			CHECKS.positive("drain.timeout", timeout);
		}

	}

	/**
	 * Routes for the AI SDK, such as React's "useChat".
	 *
	 * @param enabled Whether to serve "/ui/chat" and "/ui/text" below the base path.
	 * @param parameters Comma-separated list of parameters of the model that a page may
	 * set. All others are ignored.
	 * @param sendReasoning Whether pages get the model's reasoning.
	 * @param returnReasoning Whether the model gets its reasoning of earlier answers
	 * again.
	 * @param metadata Metadata of answers.
	 * @param newerFields Whether to send fields that the AI SDK refuses before versions
	 * 5.0.217 and 6.0.231.
	 * @param maxTurns How often the model may be called for an answer, each time but the
	 * first with the results of the application's tools.
	 * @param maxToolCalls How many of the application's tools may be called for an
	 * answer.
	 * @param toolTimeout How long each of them may take, and a listener of conversations.
	 * @param resume Whether an answer goes on when its page is left, and can be resumed
	 * by the id of its conversation.
	 * @param onConflict What happens with a request for an answer while another one of
	 * the same conversation is under way, and can be resumed.
	 */
	public record Ui(@DefaultValue("false") boolean enabled, @DefaultValue( {
			"model", "temperature", "top_p", "max_tokens", "reasoning_effort", "tools",
			"tool_choice" }) List<String> parameters, @DefaultValue("true") boolean sendReasoning,
			@DefaultValue("false") boolean returnReasoning, @DefaultValue Metadata metadata,
			@DefaultValue("false") boolean newerFields, @DefaultValue("5") int maxTurns,
			@DefaultValue("20") int maxToolCalls, @DefaultValue("1m") Duration toolTimeout,
			@DefaultValue("false") boolean resume, @DefaultValue("reject") OnConflict onConflict){

		public Ui {
			parameters.forEach((parameter) -> CHECKS.notBlank("ui.parameters", parameter));
			CHECKS.positive("ui.max-turns", maxTurns);
			CHECKS.positive("ui.max-tool-calls", maxToolCalls);
			CHECKS.positive("ui.tool-timeout", toolTimeout);
		}

		UiSettings toSettings() {
			return new UiSettings(this.parameters, this.sendReasoning, this.returnReasoning, this.newerFields,
					this.maxTurns, this.maxToolCalls, this.toolTimeout, this.resume);
		}

		/**
		 * Metadata of answers.
		 *
		 * @param usage Whether pages get the model, the finish reason and the usage of an
		 * answer.
		 */
		public record Metadata(@DefaultValue("true") boolean usage) {
		}

	}

	/**
	 * Streams that are stored for a while, so that they can be resumed.
	 *
	 * @param mode Which streams of "/v1/chat/completions" are stored.
	 * @param store Where they are stored.
	 * @param anonymous Whether those of anonymous users are, too. Whoever knows the id of
	 * one can resume it.
	 * @param maxDetached Maximum number of streams that are read on while their client is
	 * away. Any further one is cancelled.
	 * @param detachedTimeout How long each of them may take.
	 * @param lease How long the instance that has a stream may be silent before the
	 * stream counts as lost.
	 * @param batchInterval How long events wait to be stored together.
	 * @param maxStreamSize Maximum size of a stream that is stored.
	 * @param retention How long a stream is kept when it has ended.
	 * @param storeTimeout How long the store may take to answer.
	 * @param memory Maximum size of all streams that are stored in memory. A sixteenth of
	 * the heap unless set.
	 */
	public record Resume(@DefaultValue("off") Mode mode, @DefaultValue("memory") Store store,
			@DefaultValue("false") boolean anonymous, @DefaultValue("100") int maxDetached,
			@DefaultValue("5m") Duration detachedTimeout, @DefaultValue("10s") Duration lease,
			@DefaultValue("250ms") Duration batchInterval, @DefaultValue("4MB") DataSize maxStreamSize,
			@DefaultValue("1m") Duration retention, @DefaultValue("1s") Duration storeTimeout,
			@Nullable DataSize memory) {

		public Resume {
			CHECKS.positive("resume.max-detached", maxDetached);
			CHECKS.positive("resume.detached-timeout", detachedTimeout);
			CHECKS.positive("resume.lease", lease);
			CHECKS.positive("resume.batch-interval", batchInterval);
			CHECKS.ofOneArray("resume.max-stream-size", maxStreamSize);
			CHECKS.positive("resume.retention", retention);
			CHECKS.positive("resume.store-timeout", storeTimeout);
			CHECKS.positive("resume.memory", memory);
		}

		ResumeSettings toSettings(boolean replacing) {
			ResumeSettings.Mode asked = switch (this.mode) {
				case OFF -> ResumeSettings.Mode.NONE;
				case ON_REQUEST -> ResumeSettings.Mode.ON_REQUEST;
				case ALL -> ResumeSettings.Mode.ALL;
			};
			return new ResumeSettings(asked, this.anonymous, replacing,
					DrainLimits.detached(this.maxDetached, this.detachedTimeout), this.lease, this.batchInterval,
					Math.toIntExact(this.maxStreamSize.toBytes()), Runtime.getRuntime().maxMemory() / PARTS_OF_MEMORY,
					this.storeTimeout);
		}

		long memoryBytes() {
			return (this.memory != null) ? this.memory.toBytes() : Runtime.getRuntime().maxMemory() / PARTS_OF_MEMORY;
		}

		/**
		 * Which streams are stored.
		 */
		public enum Mode {

			/** None. */
			OFF,

			/** Those of requests with the header "Apertis-Stream: resumable". */
			ON_REQUEST,

			/** All. */
			ALL

		}

	}

	/**
	 * Where something is kept that instances may share.
	 */
	public enum Store {

		/** In the memory of the instance. */
		MEMORY,

		/** In Redis or Valkey, which several instances share. */
		REDIS

	}

	/**
	 * What happens with a request for an answer of a conversation that has one under way.
	 */
	public enum OnConflict {

		/** It is refused. */
		REJECT,

		/** The answer that is under way is not stored any more. */
		REPLACE

	}

	/**
	 * What happens with the gateway's stream when its client hangs up.
	 */
	public enum OnDisconnect {

		/**
		 * Close the connection to the gateway at once. What the answer has cost is known
		 * as far as the gateway has told it.
		 */
		CANCEL,

		/**
		 * Read on to the end, so that what the answer costs is known exactly.
		 */
		DRAIN

	}

}
