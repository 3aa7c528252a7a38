import { ensureSyntaxTree, syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { Steps } from './json-path.js';

/** A node of a JSON document's syntax tree. */
export type SyntaxNode = ReturnType<typeof syntaxTree>['topNode'];

/** Kinds of nodes that are values. */
const values = ['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null'];

/** A part of a text. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** How long a document is parsed before its tree is used as far as it is known, in milliseconds. */
const parseTimeoutMs = 1_000;

/**
 * The syntax tree, complete up to a position. The editor parses for 20 ms at a time: on a slow machine the tree may not reach
 * the cursor yet, and there would be nothing to complete.
 */
export function treeOf(state: EditorState, upTo = state.doc.length): ReturnType<typeof syntaxTree> {
  return ensureSyntaxTree(state, upTo, parseTimeoutMs) ?? syntaxTree(state);
}

/** Place of a value in the text of a JSON document; if the value is missing, the start of the value that would contain it. */
export function placeOf(state: EditorState, steps: Steps): Place {
  let node: SyntaxNode | undefined = valuesIn(treeOf(state).topNode)[0];
  for (const step of steps) {
    const next: SyntaxNode | undefined = node === undefined ? undefined : childOf(state, node, step);
    if (next === undefined) break;
    node = next;
  }
  if (node === undefined) return { from: 0, to: state.doc.length };
  return { from: node.from, to: Math.min(node.to, state.doc.lineAt(node.from).to) };
}

/** The steps that lead to a node, from the root of the document. */
export function stepsTo(state: EditorState, node: SyntaxNode): Steps {
  const steps: string[] = [];
  for (let at = node; at.parent !== null; at = at.parent) {
    const { parent } = at;
    if (at.name === 'Property') steps.unshift(nameOf(state, at));
    else if (parent.name === 'Array' && values.includes(at.name)) steps.unshift(String(placeIn(parent, at)));
  }
  return steps;
}

/** The property names of an object in the current text. */
export function namesIn(state: EditorState, object: SyntaxNode): readonly string[] {
  return object.getChildren('Property').map((property) => nameOf(state, property));
}

function childOf(state: EditorState, node: SyntaxNode, step: string): SyntaxNode | undefined {
  if (node.name === 'Array') return valuesIn(node)[Number(step)];
  const property = node.getChildren('Property').find((one) => nameOf(state, one) === step);
  return property === undefined ? undefined : valuesIn(property)[0];
}

function valuesIn(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (values.includes(child.name)) found.push(child);
  }
  return found;
}

function placeIn(array: SyntaxNode, node: SyntaxNode): number {
  return valuesIn(array).findIndex(({ from }) => from === node.from);
}

function nameOf(state: EditorState, property: SyntaxNode): string {
  const name = property.getChild('PropertyName');
  if (name === null) return '';
  const text = state.sliceDoc(name.from, name.to);
  try {
    return String(JSON.parse(text));
  } catch {
    return text.replaceAll('"', '');
  }
}
