import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { Origins } from './origins.js';
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
    const called = visitCalls(callables, search, (node, forwarder) => addValue(sites, node, forwarder));
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

/** A function that is not called here, but goes somewhere else: `patterns.forEach(listen)`. */
function addValue(sites: Sites, node: ts.Node, { role, how }: Forwarder): void {
  if (role === 'service') sites.services.push({ node, name: undefined });
  else {
    const reason = 'only the running code decides what this function is called with';
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
function visitCalls(
  callables: readonly Callable[],
  { compiler, checker, origins, files, record }: CallSearch,
  onValue: (node: ts.Node, forwarder: Forwarder) => void,
): Set<Forwarder> {
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
    if (compiler.isTypeNode(node) && !compiler.isExpressionWithTypeArguments(node)) return;
    if (compiler.isImportDeclaration(node) || compiler.isExportDeclaration(node)) return;
    if (compiler.isCallExpression(node) && node.expression.kind === compiler.SyntaxKind.SuperKeyword) visitSuper(node);
    else if (compiler.isIdentifier(node) && names.has(node.text)) visitName(node);
    compiler.forEachChild(node, visit);
  };
  const visitName = (node: ts.Identifier): void => {
    const at = compiler.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node;
    const { parent } = at;
    const isCall = (compiler.isCallExpression(parent) || compiler.isNewExpression(parent)) && parent.expression === at;
    if (!isCall && !isValue(compiler, at)) return;
    for (const declaration of origins.symbolOf(node)?.declarations ?? []) {
      for (const { forwarder } of byDeclaration.get(declaration) ?? []) {
        if (isCall) pass(parent, node, forwarder);
        else onValue(node, forwarder);
      }
    }
  };
  /** The call of the constructor of the base class. */
  const visitSuper = (call: ts.CallExpression): void => {
    const declaration = checker.getResolvedSignature(call)?.getDeclaration();
    for (const { forwarder } of (declaration && byDeclaration.get(declaration)) ?? []) {
      pass(call, call.expression, forwarder);
    }
  };
  const pass = (call: ts.CallExpression | ts.NewExpression, node: ts.Expression, forwarder: Forwarder): void => {
    called.add(forwarder);
    const { role, parameter, events } = forwarder;
    const given = call.arguments ?? [];
    const name = node.getText();
    const how = role === 'pattern' ? name : `${name} → ${forwarder.how}`;
    const expression = given[parameter.index];
    const isSpread = given.slice(0, parameter.index + 1).some(compiler.isSpreadElement);
    if (isSpread) onValue(node, forwarder);
    else if (expression !== undefined) record({ role, node, how, events, expression, path: parameter.path });
    // The default of the parameter is what the function uses.
    else if (parameter.function.parameters[parameter.index]?.initializer !== undefined) onValue(node, forwarder);
  };
  for (const file of files) if (mentions(file, names)) visit(file);
  return called;
}

/** Whether a name stands for a function or class that goes somewhere else, not for a declaration, a rename or a member of the class. */
function isValue(compiler: Compiler, at: ts.Node): boolean {
  const { parent } = at;
  if (compiler.isPropertyAccessExpression(parent)) return /^(bind|call|apply)$/.test(parent.name.text);
  if (compiler.isExpressionWithTypeArguments(parent)) return extendsWithoutConstructor(compiler, parent);
  if (compiler.isJsxClosingElement(parent) || compiler.isExportAssignment(parent)) return false;
  if (compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.InstanceOfKeyword) {
    return false;
  }
  return compiler.isShorthandPropertyAssignment(parent) || !('name' in parent && parent.name === at);
}

/** Whether a class gets the constructor of the class that it extends. With its own one, it calls `super(…)`. */
function extendsWithoutConstructor(compiler: Compiler, { parent }: ts.ExpressionWithTypeArguments): boolean {
  return (
    compiler.isHeritageClause(parent) &&
    parent.token === compiler.SyntaxKind.ExtendsKeyword &&
    !parent.parent.members.some((member) => compiler.isConstructorDeclaration(member))
  );
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
