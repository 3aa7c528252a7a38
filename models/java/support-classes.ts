/** Classes that the models extend, by name, without header, package and imports. */
export const supportClasses: Readonly<Record<string, string>> = {
  EventObject: `/** Base class of all objects in events. Properties that a class does not describe are kept. */
@JsonAutoDetect(
        fieldVisibility = JsonAutoDetect.Visibility.NONE,
        getterVisibility = JsonAutoDetect.Visibility.NONE,
        isGetterVisibility = JsonAutoDetect.Visibility.NONE,
        setterVisibility = JsonAutoDetect.Visibility.NONE)
@JsonInclude(JsonInclude.Include.NON_NULL)
public abstract class EventObject {
    private final Map<String, Object> additionalProperties = new LinkedHashMap<>();
    private final Set<String> nulls = new TreeSet<>();

    /** Properties that the catalog did not describe when the models were generated. They can be changed. */
    public Map<String, Object> getAdditionalProperties() {
        return additionalProperties;
    }

    @JsonAnySetter
    private void setAdditionalProperty(String name, Object value) {
        additionalProperties.put(name, value);
    }

    @JsonAnyGetter
    @JsonInclude(value = JsonInclude.Include.ALWAYS, content = JsonInclude.Include.ALWAYS)
    private Map<String, Object> otherProperties() {
        if (nulls.isEmpty()) {
            return additionalProperties;
        }
        Map<String, Object> all = new LinkedHashMap<>(additionalProperties);
        nulls.forEach(name -> all.put(name, null));
        return all;
    }

    /** Whether an optional property is written as null. */
    final void setNull(String name, boolean isNull) {
        if (isNull) {
            nulls.add(name);
        } else {
            nulls.remove(name);
        }
    }

    /** The values of all fields. */
    abstract Object[] values();

    @Override
    public boolean equals(Object other) {
        if (other == null || getClass() != other.getClass()) {
            return false;
        }
        EventObject that = (EventObject) other;
        return Arrays.deepEquals(values(), that.values())
                && additionalProperties.equals(that.additionalProperties)
                && nulls.equals(that.nulls);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.deepHashCode(values()), additionalProperties, nulls);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + Arrays.deepToString(values()) + additionalProperties;
    }
}`,
  EventText: `/** Base class of texts with known values. */
public abstract class EventText {
    private final String value;

    EventText(String value) {
        this.value = Objects.requireNonNull(value);
    }

    /** The text in JSON. */
    @JsonValue
    public final String value() {
        return value;
    }

    @Override
    public final boolean equals(Object other) {
        return other != null && getClass() == other.getClass() && value.equals(((EventText) other).value);
    }

    @Override
    public final int hashCode() {
        return value.hashCode();
    }

    @Override
    public final String toString() {
        return value;
    }
}`,
  EventUnion: `/** Base class of values that are one of several types. */
public abstract class EventUnion {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final JsonNode json;

    EventUnion(JsonNode json) {
        this.json = Objects.requireNonNull(json);
    }

    /** The value as it is in JSON. */
    @JsonValue
    public final JsonNode json() {
        return json;
    }

    static JsonNode toJson(Object value) {
        return MAPPER.valueToTree(value);
    }

    final <T> T as(Class<T> type) {
        return MAPPER.convertValue(json, type);
    }

    @Override
    public final boolean equals(Object other) {
        return other != null && getClass() == other.getClass() && json.equals(((EventUnion) other).json);
    }

    @Override
    public final int hashCode() {
        return json.hashCode();
    }

    @Override
    public final String toString() {
        return json.toString();
    }
}`,
};

/** `EventType`, which makes envelopes. @param envelope Name of their class */
export function eventTypeClass(envelope: string): string {
  return `/** Type and version of an event, as they are in the envelope, and the class of its data. */
public record EventType<T>(String type, String version, Class<T> data) {
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /**
     * The envelope of a new event. Without a cause, the correlation id is the event's own id: set correlationId and
     * causationId to those of the event that caused it. A catalog without tenants uses the tenant "none".
     */
    public ${envelope}<T> envelope(String source, String tenantId, T data) {
        String id = UUID.randomUUID().toString();
        return new ${envelope}<T>()
                .setId(id)
                .setType(type)
                .setSource(source)
                .setTimestamp(TIMESTAMP.format(Instant.now()))
                .setCorrelationId(id)
                .setTenantId(tenantId)
                .setVersion(version)
                .setData(data);
    }
}`;
}
