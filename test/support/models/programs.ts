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
