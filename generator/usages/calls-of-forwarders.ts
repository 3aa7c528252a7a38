import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import { isName, type Origins } from './origins.js';
import type { RecordValue, Sites } from './record.js';
import type { Forwarder } from './site.js';

export interface CallSearch {
  readonly compiler: Compiler;
  readonly checker: ts.TypeChecker;
  readonly origins: Origins;
  readonly files: readonly ts.SourceFile[];
  readonly record: RecordValue;
}

/** A function that passes a parameter on, with the declarations by which code calls it. */
interface Callable {
  readonly forwarder: Forwarder;
  readonly declarations: ReadonlySet<ts.Node>;
  readonly name: string | undefined;
}

/**
 * Finds the calls of functions that pass a parameter on, `send(bus, OrderPlaced, data)`, and what they pass; then those of functions
 * that pass it on to these. Functions without a call are undecided.
 */
export function followForwarders(sites: Sites, search: CallSearch): void {
  const known = new Set<string>();
  let from = 0;
  while (from < sites.forwarders.length) {
    const added = sites.forwarders.slice(from).filter((forwarder) => !known.has(keyOf(forwarder)));
    from = sites.forwarders.length;
    for (const forwarder of added) known.add(keyOf(forwarder));
    const callables = added.map((forwarder) => callableOf(forwarder, search));
    const called = visitCalls(callables, search);
    for (const { forwarder } of callables) if (!called.has(forwarder)) addUncalled(sites, forwarder);
  }
}

function keyOf({ role, parameter, node, how }: Forwarder): string {
  const { function: owner, index, path } = parameter;
  return JSON.stringify([role, how, owner.getSourceFile().fileName, owner.pos, index, path, node.pos]);
}

function addUncalled(sites: Sites, { role, node, how, parameter: { name } }: Forwarder): void {
  if (role === 'service') sites.services.push({ node, name: undefined });
  else {
    const reason = `it uses the parameter ${name} of a function, of which no call was found`;
    sites.undecided.push({ node, kind: role === 'definition' ? 'publish' : 'handle', how, reason });
  }
}

function callableOf(forwarder: Forwarder, { compiler, checker }: CallSearch): Callable {
  const { function: owner } = forwarder.parameter;
  const declarations = new Set<ts.Node>([owner]);
  let name = owner.name !== undefined && compiler.isIdentifier(owner.name) ? owner.name.text : undefined;
  if (compiler.isConstructorDeclaration(owner)) {
    declarations.add(owner.parent);
    name = owner.parent.name?.text;
  }
  const { parent } = owner;
  // `const send = (…) => …`, `{ send: (…) => … }`, `send = (…) => …` in a class.
  if (
    compiler.isVariableDeclaration(parent) ||
    compiler.isPropertyAssignment(parent) ||
    compiler.isPropertyDeclaration(parent)
  ) {
    declarations.add(parent);
    if (compiler.isIdentifier(parent.name)) name = parent.name.text;
  }
  if (compiler.isMethodDeclaration(owner) && compiler.isClassLike(parent) && name !== undefined) {
    for (const declaration of inheritedOf(compiler, checker, parent, name)) declarations.add(declaration);
  }
  return { forwarder, declarations, name };
}

/** The declarations of a method in the interfaces and classes that its class implements and extends. */
function inheritedOf(
  compiler: Compiler,
  checker: ts.TypeChecker,
  owner: ts.ClassLikeDeclaration,
  name: string,
): ts.Node[] {
  return (owner.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap((type) => {
      const property = checker.getTypeAtLocation(type).getProperty(name);
      return property?.declarations?.filter((each) => !compiler.isSourceFile(each)) ?? [];
    }),
  );
}

/** Visits the files that may call one of the functions. Returns those that are called. */
function visitCalls(callables: readonly Callable[], { compiler, origins, files, record }: CallSearch): Set<Forwarder> {
  const called = new Set<Forwarder>();
  const byDeclaration = new Map<ts.Node, Callable[]>();
  for (const callable of callables) {
    for (const declaration of callable.declarations) {
      byDeclaration.set(declaration, [...(byDeclaration.get(declaration) ?? []), callable]);
    }
  }
  const names = namesIn(files, new Set(callables.flatMap(({ name }) => name ?? [])));
  if (names.size === 0) return called;

  const visit = (node: ts.Node): void => {
    if ((compiler.isCallExpression(node) || compiler.isNewExpression(node)) && isName(compiler, node.expression))
      visitCall(node);
    compiler.forEachChild(node, visit);
  };
  const visitCall = (call: ts.CallExpression | ts.NewExpression): void => {
    const callee = compiler.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
    if (!compiler.isIdentifier(callee) || !names.has(callee.text)) return;
    for (const declaration of origins.symbolOf(callee)?.declarations ?? []) {
      for (const { forwarder } of byDeclaration.get(declaration) ?? []) {
        called.add(forwarder);
        pass(call, callee, forwarder);
      }
    }
  };
  const pass = (call: ts.CallExpression | ts.NewExpression, node: ts.Identifier, forwarder: Forwarder): void => {
    const { role, parameter, events } = forwarder;
    const expression = call.arguments?.[parameter.index];
    const how = role === 'pattern' ? node.text : `${node.text} → ${forwarder.how}`;
    if (expression !== undefined) record({ role, node, how, events, expression, path: parameter.path });
  };
  for (const file of files) if (mentions(file, names)) visit(file);
  return called;
}

/** Names, and those that imports and re-exports give to the same things: `export { send as announce }`. */
function namesIn(files: readonly ts.SourceFile[], given: ReadonlySet<string>): Set<string> {
  const names = new Set(given);
  const renames = files.flatMap(({ text }) =>
    [...text.matchAll(/([\w$]+)\s+as\s+([\w$]+)/g)].map(([, from = '', to = '']) => [from, to] as const),
  );
  for (let size = 0; size !== names.size; ) {
    size = names.size;
    for (const [from, to] of renames) if (names.has(from)) names.add(to);
  }
  return names;
}

function mentions({ text }: ts.SourceFile, names: ReadonlySet<string>): boolean {
  for (const name of names) if (text.includes(name)) return true;
  return false;
}
