/** How every struct of the package is read and written: `object.go`, without its header and package clause. */
export const objectFile = `import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// Ptr returns a pointer to a value, for optional fields.
func Ptr[T any](value T) *T {
	return &value
}

// property is a field of a struct with its name in JSON.
type property struct {
	index    int
	name     string
	optional bool
	nullable bool
}

func propertiesOf(structType reflect.Type) []property {
	var found []property
	for index := 0; index < structType.NumField(); index++ {
		tag := structType.Field(index).Tag
		nullable := tag.Get("nullable") == "true"
		if name, ok := tag.Lookup("property"); ok {
			found = append(found, property{index, name, tag.Get("optional") == "true", nullable})
			continue
		}
		name, options, _ := strings.Cut(tag.Get("json"), ",")
		if name != "-" {
			found = append(found, property{index, name, options == "omitempty", nullable})
		}
	}
	return found
}

// unmarshalObject reads the properties with exactly the names of the struct's fields. encoding/json alone would ignore the case of
// names, and lose other properties.
func unmarshalObject(data []byte, target any, additional *map[string]json.RawMessage) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	fields := reflect.ValueOf(target).Elem()
	for _, each := range propertiesOf(fields.Type()) {
		raw, ok := all[each.name]
		// An optional property that is null is absent for a program, but it is written again.
		if !ok || each.optional && string(raw) == "null" {
			continue
		}
		delete(all, each.name)
		if err := json.Unmarshal(raw, fields.Field(each.index).Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", each.name, err)
		}
	}
	*additional = nil
	if len(all) > 0 {
		*additional = all
	}
	return nil
}

// marshalObject writes the fields in their order, then the additional properties by name.
func marshalObject(source any, additional map[string]json.RawMessage) ([]byte, error) {
	fields := reflect.ValueOf(source)
	var text bytes.Buffer
	written := map[string]bool{}
	write := func(name string, value any) error {
		raw, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		separator := byte(',')
		if len(written) == 0 {
			separator = '{'
		}
		text.WriteByte(separator)
		text.Write(key)
		text.WriteByte(':')
		text.Write(raw)
		written[name] = true
		return nil
	}
	for _, each := range propertiesOf(fields.Type()) {
		field := fields.Field(each.index)
		value := field.Interface()
		if isNil(field) {
			if each.optional {
				continue
			}
			value = nil
			if !each.nullable {
				value = emptyOf(field)
			}
		}
		if err := write(each.name, value); err != nil {
			return nil, err
		}
	}
	names := make([]string, 0, len(additional))
	for name := range additional {
		if !written[name] {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	for _, name := range names {
		if err := write(name, additional[name]); err != nil {
			return nil, err
		}
	}
	if len(written) == 0 {
		return []byte("{}"), nil
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

func isNil(field reflect.Value) bool {
	switch field.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return field.IsNil()
	}
	return false
}

// emptyOf is what a required field has in JSON if it was not set: an empty list or object, or null.
func emptyOf(field reflect.Value) any {
	if field.Type() == reflect.TypeOf(json.RawMessage(nil)) {
		return nil
	}
	switch field.Kind() {
	case reflect.Slice:
		return []any{}
	case reflect.Map:
		return map[string]any{}
	}
	return nil
}

func decodeAs[T any](raw json.RawMessage) (T, error) {
	var value T
	err := json.Unmarshal(raw, &value)
	return value, err
}
`;

/** How an envelope is made: `new_envelope.go`, without its header and package clause. @param envelope Name of its type */
export function newEnvelopeFile(envelope: string): string {
  return `import (
	"crypto/rand"
	"fmt"
	"time"
)

// NewEnvelope makes the envelope of a new event. Without a cause, the correlation id is the event's own id: set CorrelationID and
// CausationID to those of the event that caused it. A catalog without tenants uses the tenant "none".
func NewEnvelope[T any](eventType, version, source, tenantID string, data T) ${envelope}[T] {
	id := newID()
	return ${envelope}[T]{
		ID:            id,
		Type:          eventType,
		Source:        source,
		Timestamp:     time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		CorrelationID: id,
		TenantID:      tenantID,
		Version:       version,
		Data:          data,
	}
}

// newID returns a random UUID.
func newID() string {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		panic(err)
	}
	random[6] = random[6]&0x0f | 0x40
	random[8] = random[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", random[:4], random[4:6], random[6:8], random[8:10], random[10:])
}
`;
}
