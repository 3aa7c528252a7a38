import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { etagOf } from './catalog.js';

/** The AsyncAPI document, put together in one file. */
export interface AsyncApiDocument {
  readonly json: string;
  readonly jsonEtag: string;
  readonly yaml: string;
  readonly yamlEtag: string;
}

/** A JSON document, or a part of one. */
type Node = string | number | boolean | null | undefined | Node[] | { [key: string]: Node };

/** Reads the document and the files it refers to, and puts them together. @throws Error what keeps it from that */
export async function bundleAsyncApi(file: string): Promise<AsyncApiDocument> {
  const bundle = await new Bundler(resolve(file)).bundle();
  const json = `${JSON.stringify(bundle, undefined, 2)}\n`;
  const yaml = stringify(bundle, { aliasDuplicateObjects: false });
  return { json, jsonEtag: etagOf(json), yaml, yamlEtag: etagOf(yaml) };
}

/**
 * Moves what other files hold to where the root document first refers to it; whatever else refers to the same place then
 * refers there. So the bundle has each part once, under the name the root gives it, and may be circular.
 */
class Bundler {
  readonly #root: string;
  readonly #files = new Map<string, Node>();
  /** `<file>#<pointer>` → its place in the bundle. */
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

  /** @param source Its pointer in `file`. @param place Its pointer in the bundle. */
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

/** What a JSON pointer points at. */
function at(document: Node, pointer: string, ref: string): Node {
  let node = document;
  for (const step of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof node !== 'object' || node === null) throw new Error(`$ref ${ref} points at nothing`);
    node = (node as { [key: string]: Node })[key];
  }
  if (node === undefined) throw new Error(`$ref ${ref} points at nothing`);
  return node;
}
