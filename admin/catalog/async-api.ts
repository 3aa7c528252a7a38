import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { etagOf } from './catalog.js';

/** The AsyncAPI document, bundled into one file. */
export interface AsyncApiDocument {
  readonly json: string;
  readonly jsonEtag: string;
  readonly yaml: string;
  readonly yamlEtag: string;
}

/** A JSON document, or a part of one. */
type Node = string | number | boolean | null | undefined | Node[] | { [key: string]: Node };

/** Bundles the document and the files that it refers to. @throws Error if a file cannot be read or a `$ref` has no target */
export async function bundleAsyncApi(file: string): Promise<AsyncApiDocument> {
  const bundle = await new Bundler(resolve(file)).bundle();
  const json = `${JSON.stringify(bundle, undefined, 2)}\n`;
  const yaml = stringify(bundle, { aliasDuplicateObjects: false });
  return { json, jsonEtag: etagOf(json), yaml, yamlEtag: etagOf(yaml) };
}

/**
 * Replaces the first reference to a part of another file by that part, and every later reference by a reference to that
 * place. So the bundle contains each part once, and references may be circular.
 */
class Bundler {
  readonly #root: string;
  readonly #files = new Map<string, Node>();
  /** `<file>#<pointer>` → pointer in the bundle. */
  readonly #placed = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  async bundle(): Promise<Node> {
    const root = await this.#load(this.#root);
    return this.#visit(root, this.#root, '', '');
  }

  async #load(file: string): Promise<Node> {
    let document = this.#files.get(file);
    if (document === undefined) {
      document = parse(await readFile(file, 'utf8')) as Node;
      this.#files.set(file, document);
    }
    return document;
  }

  /** @param source Pointer of the node in `file`. @param place Pointer of the node in the bundle. */
  async #visit(node: Node, file: string, source: string, place: string): Promise<Node> {
    if (typeof node !== 'object' || node === null) return node;
    const id = `${file}#${source}`;
    if (!this.#placed.has(id)) this.#placed.set(id, place);
    if (!Array.isArray(node) && typeof node.$ref === 'string') return this.#follow(node.$ref, file, place);
    if (Array.isArray(node)) {
      const items: Node[] = [];
      for (const [index, item] of node.entries()) {
        items.push(await this.#visit(item, file, `${source}/${index}`, `${place}/${index}`));
      }
      return items;
    }
    const copy: { [key: string]: Node } = {};
    for (const [key, value] of Object.entries(node)) {
      const step = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      copy[key] = await this.#visit(value, file, source + step, place + step);
    }
    return copy;
  }

  async #follow(ref: string, from: string, place: string): Promise<Node> {
    const [path = '', pointer = ''] = ref.split('#');
    if (/^[a-z]+:/i.test(path)) return { $ref: ref };
    const file = path === '' ? from : resolve(dirname(from), path);
    // The root's own parts stay where they are, so that a reference to one needs no copy.
    if (file === this.#root) return { $ref: `#${pointer}` };
    const placed = this.#placed.get(`${file}#${pointer}`);
    if (placed !== undefined) return { $ref: `#${placed}` };
    return this.#visit(at(await this.#load(file), pointer, ref), file, pointer, place);
  }
}

/** Returns the node at a JSON pointer. @throws Error if there is none */
function at(document: Node, pointer: string, ref: string): Node {
  let node = document;
  for (const step of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof node !== 'object' || node === null) throw new Error(`$ref ${ref} has no target`);
    node = (node as { [key: string]: Node })[key];
  }
  if (node === undefined) throw new Error(`$ref ${ref} has no target`);
  return node;
}
