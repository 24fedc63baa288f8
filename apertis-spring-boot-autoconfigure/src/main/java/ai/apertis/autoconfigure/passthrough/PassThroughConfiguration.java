package ai.apertis.autoconfigure.passthrough;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

import ai.apertis.autoconfigure.ApertisProperties;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.Budgeting;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.OnConflict;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.PerUser;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.RouteName;
import ai.apertis.autoconfigure.passthrough.PassThroughProperties.Resume;
import ai.apertis.client.observation.ChatObservations;
import ai.apertis.client.observation.ModelPrices;
import ai.apertis.client.tools.ToolFunction;
import ai.apertis.client.upstream.Upstream;
import ai.apertis.passthrough.Budget;
import ai.apertis.passthrough.BudgetPlan;
import ai.apertis.passthrough.BudgetReachedEvent;
import ai.apertis.passthrough.LimitUse;
import ai.apertis.passthrough.PassThroughEvents;
import ai.apertis.passthrough.PassThroughPolicy;
import ai.apertis.passthrough.PassThroughUserResolver;
import ai.apertis.passthrough.UserLimits;
import ai.apertis.passthrough.exchange.ActiveStreams;
import ai.apertis.passthrough.exchange.LostStreamCount;
import ai.apertis.passthrough.exchange.PassThrough;
import ai.apertis.passthrough.exchange.StreamResumption;
import ai.apertis.passthrough.limit.AccessControl;
import ai.apertis.passthrough.limit.Budgets;
import ai.apertis.passthrough.limit.InMemoryUserLimits;
import ai.apertis.passthrough.limit.RateBuckets;
import ai.apertis.passthrough.limit.RequestMemory;
import ai.apertis.passthrough.resume.MemoryStreamStore;
import ai.apertis.passthrough.resume.ResumableStreams;
import ai.apertis.passthrough.resume.StreamStore;
import ai.apertis.passthrough.route.ChatCompletionsRoute;
import ai.apertis.passthrough.route.EmbeddingsRoute;
import ai.apertis.passthrough.route.MessagesRoute;
import ai.apertis.passthrough.route.RequestRules;
import ai.apertis.passthrough.route.RerankRoute;
import ai.apertis.passthrough.route.ResponsesRoute;
import ai.apertis.passthrough.route.ClientModule;
import ai.apertis.passthrough.ui.UiChatRoute;
import ai.apertis.passthrough.ui.UiConversationListener;
import ai.apertis.passthrough.ui.UiMessageMetadata;
import ai.apertis.passthrough.ui.UiTextRoute;
import ai.apertis.passthrough.ui.UsageMetadata;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ClassUtils;

/**
 * Configuration of the pass-through that both web stacks share.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(PassThroughProperties.class)
@ImportRuntimeHints({ ClientModule.Hints.class, RedisScriptHints.class })
class PassThroughConfiguration {

	private static final String REDIS = "org.springframework.data.redis.connection.ReactiveRedisConnectionFactory";

	private static final String BUCKET4J = "io.github.bucket4j.Bucket";

	@Bean
	@ConditionalOnMissingBean
	PassThrough apertisPassThrough(Upstream upstream, ChatObservations observations, RequestRules rules,
			PassThroughProperties properties, PassThroughUserResolver users, UserLimits limits,
			ObjectProvider<PassThroughPolicy> policies, ActiveStreams active, RequestMemory memory,
			ObjectProvider<PassThroughEvents> listener, ObjectProvider<ResumableStreams> resumable, Budgets budgets) {
		return new PassThrough(upstream, observations, properties.toSettings(rules),
				new AccessControl(users, limits, properties.perUser().nameCase(), policies.orderedStream().toList()),
				active, memory, listener.getIfAvailable(() -> PassThroughEvents.NONE), resumable.getIfAvailable(),
				budgets);
	}

	@Bean
	@ConditionalOnMissingBean
	BudgetPlan apertisBudgetPlan(PassThroughProperties properties) {
		List<Budget> budgets = properties.toBudgets();
		return (request) -> budgets;
	}

	@Bean
	@ConditionalOnMissingBean
	Budgets apertisBudgets(BudgetPlan plan, PassThroughProperties properties, ObjectProvider<ModelPrices> prices) {
		return new Budgets(plan, prices.getIfAvailable(() -> ModelPrices.NONE).byModel(),
				properties.budget().allowUnpriced(), properties.budget().slice(), properties.budget().wholeAnswer(),
				properties.budget().headers());
	}

	@Bean
	@ConditionalOnMissingBean
	RequestRules apertisRequestRules(ApertisProperties apertis, PassThroughProperties properties) {
		return properties.toRules(apertis.chat().model());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnRoute(RouteName.CHAT)
	ChatCompletionsRoute apertisChatCompletionsRoute(RequestRules rules) {
		return new ChatCompletionsRoute(rules);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnRoute(RouteName.RESPONSES)
	ResponsesRoute apertisResponsesRoute(RequestRules rules, PassThroughProperties properties) {
		return new ResponsesRoute(rules, properties.sharedKey().toRules());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnRoute(RouteName.MESSAGES)
	MessagesRoute apertisMessagesRoute(RequestRules rules, PassThroughProperties properties) {
		return new MessagesRoute(rules, properties.sharedKey().toRules());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnRoute(RouteName.EMBEDDINGS)
	EmbeddingsRoute apertisEmbeddingsRoute(RequestRules rules, PassThroughProperties properties) {
		return new EmbeddingsRoute(rules, properties.sharedKey().toRules());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnRoute(RouteName.RERANK)
	RerankRoute apertisRerankRoute(RequestRules rules, PassThroughProperties properties) {
		return new RerankRoute(rules, properties.sharedKey().toRules());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnBooleanProperty("apertis.pass-through.ui.enabled")
	static class UiConfiguration {

		@Bean
		@ConditionalOnMissingBean
		UiMessageMetadata apertisUiMessageMetadata(PassThroughProperties properties) {
			return properties.ui().metadata().usage() ? new UsageMetadata() : (answer) -> Map.of();
		}

		@Bean
		@ConditionalOnMissingBean
		UiChatRoute apertisUiChatRoute(RequestRules rules, PassThroughProperties properties,
				ObjectProvider<ToolFunction> functions, UiMessageMetadata metadata,
				ObjectProvider<UiConversationListener> listeners) {
			return new UiChatRoute(rules, properties.ui().toSettings(), functions.orderedStream().toList(), metadata,
					listeners.orderedStream().toList());
		}

		@Bean
		@ConditionalOnMissingBean
		UiTextRoute apertisUiTextRoute(RequestRules rules, PassThroughProperties properties) {
			return new UiTextRoute(rules, properties.ui().toSettings());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Conditional(ResumeCondition.class)
	static class ResumeConfiguration {

		@Bean
		@ConditionalOnMissingBean
		StreamStore apertisStreamStore(PassThroughProperties properties, ResourceLoader resourceLoader,
				ListableBeanFactory beanFactory) {
			Resume resume = properties.resume();
			if (resume.store() == PassThroughProperties.Store.MEMORY) {
				return new MemoryStreamStore(resume.lease(), resume.retention(), resume.memoryBytes());
			}
			requireRedis(resourceLoader, MissingRedisException::forStreams);
			return RedisStreamStore.of(beanFactory, resume.lease(), resume.retention());
		}

		@Bean
		@ConditionalOnMissingBean
		ResumableStreams apertisResumableStreams(StreamStore store, PassThroughProperties properties,
				ObjectProvider<PassThroughEvents> listener, ChatObservations observations, Upstream upstream) {
			ResumableStreams streams = new ResumableStreams(store,
					properties.resume().toSettings(properties.ui().onConflict() == OnConflict.REPLACE),
					listener.getIfAvailable(() -> PassThroughEvents.NONE));
			streams.start(new LostStreamCount(observations, upstream.baseUrl()));
			return streams;
		}

		@Bean
		@ConditionalOnMissingBean
		StreamResumption apertisStreamResumption(ResumableStreams streams, PassThroughUserResolver users,
				UserLimits limits, ActiveStreams active, RequestRules rules, PassThroughProperties properties,
				ObjectProvider<PassThroughEvents> listener) {
			return new StreamResumption(streams,
					new AccessControl(users, limits, properties.perUser().nameCase(), List.of()), active,
					properties.toSettings(rules).delivery(), listener.getIfAvailable(() -> PassThroughEvents.NONE));
		}

	}

	@Bean
	@ConditionalOnMissingBean
	ActiveStreams apertisActiveStreams(PassThroughProperties properties) {
		return new ActiveStreams(properties.maxStreams());
	}

	@Bean
	@ConditionalOnMissingBean
	RequestMemory apertisRequestMemory(PassThroughProperties properties) {
		return new RequestMemory(properties.requestMemoryBytes());
	}

	@Bean
	@ConditionalOnMissingBean
	PassThroughUserResolver apertisPassThroughUserResolver() {
		return PassThroughUserResolver.byPrincipal();
	}

	@Bean
	@ConditionalOnMissingBean
	UserLimits apertisUserLimits(PassThroughProperties properties, ResourceLoader resourceLoader,
			ListableBeanFactory beanFactory, ApplicationEventPublisher events) {
		PerUser limits = properties.perUser();
		Budgeting budgeting = properties.budget();
		Consumer<LimitUse> watcher = (use) -> events.publishEvent(new BudgetReachedEvent(use));
		if (budgeting.store() == PassThroughProperties.Store.REDIS) {
			requireRedis(resourceLoader, MissingRedisException::forLimits);
			return RedisUserLimits.of(beanFactory, limits, budgeting, watcher);
		}
		int maxStreams = (limits.maxStreams() != null) ? limits.maxStreams() : Integer.MAX_VALUE;
		if (limits.requestsPerMinute() == null) {
			return new InMemoryUserLimits(maxStreams, null, watcher);
		}
		if (!ClassUtils.isPresent(BUCKET4J, resourceLoader.getClassLoader())) {
			throw new MissingRateLimiterException();
		}
		return new InMemoryUserLimits(maxStreams,
				RateBuckets.refilledEvenly(limits.requestsPerMinute(), Duration.ofMinutes(1)), watcher);
	}

	private static void requireRedis(ResourceLoader resourceLoader, Supplier<MissingRedisException> missing) {
		if (!ClassUtils.isPresent(REDIS, resourceLoader.getClassLoader())) {
			throw missing.get();
		}
	}

	@Bean
	@ConditionalOnMissingBean
	PassThroughShutdown apertisPassThroughShutdown(ActiveStreams active, PassThroughProperties properties) {
		return new PassThroughShutdown(active, properties.shutdownGrace());
	}

	@Bean
	@ConditionalOnMissingBean
	OpenPassThroughWarning apertisOpenPassThroughWarning(ListableBeanFactory beanFactory,
			PassThroughProperties properties) {
		return new OpenPassThroughWarning(beanFactory, properties.basePath());
	}

}
