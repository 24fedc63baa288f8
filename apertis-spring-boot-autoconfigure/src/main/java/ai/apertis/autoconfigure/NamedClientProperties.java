package ai.apertis.autoconfigure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;
import org.springframework.util.Assert;

/**
 * Properties of a named client: its own, with those of the default client as defaults.
 *
 * @param properties all of them
 * @param ownApiKey its own API key, {@code null} if it has none
 * @param ownBaseUrl its own base URL, {@code null} if it has none
 * @param own tests whether the client has a property of its own
 * @param name the client's name
 */
record NamedClientProperties(ApertisProperties properties, @Nullable String ownApiKey, @Nullable String ownBaseUrl,
		Predicate<String> own, String name) {

	private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("apertis");

	private static final ConfigurationPropertyName CLIENTS = ROOT.append("clients");

	/**
	 * Return the names of all clients that have one.
	 */
	static Set<String> names(Environment environment) {
		return clients(environment).keySet();
	}

	/**
	 * The names as they are written, with the same names as properties have them: dashes,
	 * case, and brackets around what would be no name else.
	 */
	private static Map<String, ConfigurationPropertyName> clients(Environment environment) {
		Map<String, ConfigurationPropertyName> clients = new LinkedHashMap<>();
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				iterable.stream()
					.filter(CLIENTS::isAncestorOf)
					.map((name) -> name.chop(CLIENTS.getNumberOfElements() + 1))
					.filter((client) -> !clients.containsValue(client))
					.forEach((client) -> clients.put(client.getLastElement(Form.ORIGINAL), client));
			}
		}
		return clients;
	}

	static NamedClientProperties bind(Environment environment, String name) {
		ConfigurationPropertyName own = clients(environment).get(name);
		Assert.state(own != null, () -> "There are no properties of a client '" + name + "' below apertis.clients");
		List<ConfigurationPropertySource> sources = new ArrayList<>();
		ConfigurationPropertySources.get(environment).forEach((source) -> sources.add(new Renamed(source, own)));
		ConfigurationPropertySources.get(environment).forEach(sources::add);
		Binder binder = new Binder(sources, new PropertySourcesPlaceholdersResolver(environment));
		Binder plain = Binder.get(environment);
		return new NamedClientProperties(binder.bind(ROOT, Bindable.of(ApertisProperties.class)).get(),
				plain.bind(own.append("api-key"), Bindable.of(String.class)).orElse(null),
				plain.bind(own.append("base-url"), Bindable.of(String.class)).orElse(null),
				(property) -> isSet(environment, own.append(property)), name);
	}

	private static boolean isSet(Environment environment, ConfigurationPropertyName name) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source.getConfigurationProperty(name) != null
					|| source.containsDescendantOf(name) == ConfigurationPropertyState.PRESENT) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return under which full name a property of the client was set: its own, or that of
	 * the default client.
	 * @param property its name below that of a client
	 */
	String nameOf(String property) {
		return (this.own.test(property) ? "apertis.clients." + this.name + "." : "apertis.") + property;
	}

	/**
	 * Never tells the key.
	 */
	@Override
	public String toString() {
		return "NamedClientProperties[properties=" + this.properties + ", ownBaseUrl=" + this.ownBaseUrl + "]";
	}

	/**
	 * A source in which what is below one name is found below {@code apertis}.
	 */
	private record Renamed(ConfigurationPropertySource source,
			ConfigurationPropertyName name) implements IterableConfigurationPropertySource {

		@Override
		public @Nullable ConfigurationProperty getConfigurationProperty(@Nullable ConfigurationPropertyName wanted) {
			return (wanted != null && ROOT.isAncestorOf(wanted))
					? this.source.getConfigurationProperty(this.name.append(wanted.subName(ROOT.getNumberOfElements())))
					: null;
		}

		@Override
		public ConfigurationPropertyState containsDescendantOf(ConfigurationPropertyName wanted) {
			if (wanted.equals(ROOT)) {
				return this.source.containsDescendantOf(this.name);
			}
			return ROOT.isAncestorOf(wanted)
					? this.source.containsDescendantOf(this.name.append(wanted.subName(ROOT.getNumberOfElements())))
					: ConfigurationPropertyState.ABSENT;
		}

		@Override
		public Stream<ConfigurationPropertyName> stream() {
			return (this.source instanceof IterableConfigurationPropertySource iterable) ? iterable.stream()
				.filter(this.name::isAncestorOf)
				.map((found) -> ROOT.append(found.subName(this.name.getNumberOfElements()))) : Stream.empty();
		}

		@Override
		public @Nullable Object getUnderlyingSource() {
			return this.source.getUnderlyingSource();
		}

	}

}
