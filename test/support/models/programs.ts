/** Reads lines of `{ catalog, model, text }` and writes the data of each again, or the reason why it cannot. */
export const pythonProgram = `
import importlib, json, pkgutil, sys
from pydantic import TypeAdapter

adapters = {}

def adapter(catalog, model):
    key = (catalog, model)
    if key not in adapters:
        package = importlib.import_module(f"c{catalog}")
        modules = [importlib.import_module(f"c{catalog}.{each.name}") for each in pkgutil.iter_modules(package.__path__)]
        owner = next(each for each in modules if each.__dict__.get(model, each.__dict__.get(model + "_")) is not None)
        adapters[key] = TypeAdapter(getattr(owner, model, None) or getattr(owner, model + "_"))
    return adapters[key]

for line in sys.stdin:
    each = json.loads(line)
    try:
        found = adapter(each["catalog"], each["model"])
        print(found.dump_json(found.validate_json(each["text"]), by_alias=True, exclude_unset=True).decode())
    except Exception as error:
        print(json.dumps(str(error)[:300]))
`;

/** The same in Go. @param models Names of the types of each catalog */
export function goProgram(models: readonly (readonly string[])[]): string {
  const makers = models.flatMap((names, catalog) =>
    names.map((name) => `\t"${catalog} ${name}": func() any { return new(c${catalog}.${name}) },`),
  );
  return `package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
${models.map((_, catalog) => `\t"example.com/c${catalog}"`).join('\n')}
)

var makers = map[string]func() any{
${makers.join('\n')}
}

func main() {
	if len(os.Args) > 1 {
		publishExamples()
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var each struct {
			Catalog int
			Model   string
			Text    string
		}
		if err := json.Unmarshal(lines.Bytes(), &each); err != nil {
			panic(err)
		}
		value := makers[fmt.Sprintf("%d %s", each.Catalog, each.Model)]()
		err := json.Unmarshal([]byte(each.Text), value)
		text, other := json.Marshal(value)
		if err != nil || other != nil {
			text, _ = json.Marshal(fmt.Sprint(err, other))
		}
		fmt.Println(string(text))
	}
}
`;
}

/** The same in Java. @param models Names of the classes of each catalog */
export function javaProgram(models: readonly (readonly string[])[]): string {
  const classes = models.flatMap((names, catalog) =>
    names.map((name) => `        CLASSES.put("${catalog} ${name}", c${catalog}.${name}.class);`),
  );
  return `import com.fasterxml.jackson.databind.*;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;

public class Program {
    private static final Map<String, Class<?>> CLASSES = new HashMap<>();

    static {
${classes.join('\n')}
    }

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            Examples.publish();
            return;
        }
        ObjectMapper mapper = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode each = mapper.readTree(line);
            Class<?> type = CLASSES.get(each.get("catalog").asInt() + " " + each.get("model").asText());
            try {
                Object value = mapper.readValue(each.get("text").asText(), type);
                Object again = mapper.readValue(each.get("text").asText(), type);
                if (!value.equals(again) || value.hashCode() != again.hashCode()) throw new IllegalStateException("not equal");
                out.println(mapper.writeValueAsString(value));
            } catch (Exception error) {
                out.println(mapper.writeValueAsString(String.valueOf(error.getMessage())));
            }
        }
        out.flush();
    }
}
`;
}

/** The examples of publishing in `models.json` as Go files: one of them calls the others. */
export function goExamples(examples: readonly string[]): ReadonlyMap<string, string> {
  const files = examples.map((text, index) => {
    const name = `publishExample${index}`;
    return [`example_${index}.go`, text.replace('func main()', `func ${name}()`)] as const;
  });
  const calls = examples.map((_, index) => `\tpublishExample${index}()`);
  const all = `package main\n\nfunc publishExamples() {\n${calls.join('\n')}\n}\n`;
  return new Map([...files, ['examples.go', all]]);
}

/** The same in Java. */
export function javaExamples(examples: readonly string[]): ReadonlyMap<string, string> {
  const files = examples.map((text, index) => {
    const name = `Example${index}`;
    return [`${name}.java`, text.replace('class Example', `class ${name}`)] as const;
  });
  const calls = examples.map((_, index) => `        Example${index}.main(new String[0]);`);
  const method = `    static void publish() throws Exception {\n${calls.join('\n')}\n    }`;
  return new Map([...files, ['Examples.java', `public class Examples {\n${method}\n}\n`]]);
}
