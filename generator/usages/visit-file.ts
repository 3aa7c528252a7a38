import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import type { Decisions } from './decide.js';
import type { DeclaringPackage } from './declaring-package.js';
import { type KnownEvents, noEvents } from './known-events.js';
import { isName, type Origin, type Origins, subscriberDecorator, withoutCasts } from './origins.js';
import type { PassedValue, RecordValue } from './record.js';
import type { Trace } from './trace.js';

export interface VisitTools {
  readonly compiler: Compiler;
  readonly checker: ts.TypeChecker;
  readonly origins: Origins;
  readonly trace: Trace;
  readonly decisions: Decisions;
  readonly eventsOf: (sdk: DeclaringPackage) => KnownEvents;
  readonly record: RecordValue;
  /** A publish function, wherever it is. */
  readonly onPublisher: (node: ts.Node, type: string, publisher: string) => void;
  /** The definition of an event, wherever it is. */
  readonly onDefinition: (node: ts.Node, type: string, key: string) => void;
  /** A method of a class that `@EventHandlers` subscribes. */
  readonly onMethod: (node: ts.Node, type: string, how: string) => void;
}

/** Finds the uses of the SDK, the runtime and the module for NestJS in one file. */
export function visitFile(file: ts.SourceFile, tools: VisitTools): void {
  const { compiler, origins, eventsOf } = tools;
  const imported = importedNames(compiler, file);

  const visit = (node: ts.Node): void => {
    if (compiler.isTypeNode(node) && !compiler.isExpressionWithTypeArguments(node)) return;
    if (compiler.isImportDeclaration(node) || compiler.isExportDeclaration(node)) return;
    if (compiler.isCallExpression(node)) visitCall(node, tools);
    else if (compiler.isIdentifier(node)) visitName(node);
    else if (compiler.isObjectLiteralExpression(node)) visitLiteral(node, tools);
    compiler.forEachChild(node, visit);
  };

  const visitName = (node: ts.Identifier): void => {
    if (!isCandidate(node) || isDeclared(node)) return;
    const origin = origins.of(node);
    if (origin?.package?.kind !== 'sdk') return;
    const events = eventsOf(origin.package);
    const published = events.byPublisher.get(origin.name);
    if (published !== undefined) {
      if (!isRename(compiler, node)) tools.onPublisher(node, published, origin.name);
      return;
    }
    const defined = events.byKey.get(origin.name);
    if (defined !== undefined) tools.onDefinition(node, defined, origin.name);
  };

  const isCandidate = ({ text, parent }: ts.Identifier): boolean =>
    imported.has(text) ||
    text.startsWith('publish') ||
    (compiler.isPropertyAccessExpression(parent) &&
      (!compiler.isIdentifier(parent.expression) || imported.has(parent.expression.text)));

  /** Whether it is the name of a declaration or of a property that a literal defines, not a use. */
  const isDeclared = (node: ts.Identifier): boolean => {
    const { parent } = node;
    if (compiler.isShorthandPropertyAssignment(parent)) return false;
    return 'name' in parent && parent.name === node && !compiler.isPropertyAccessExpression(parent)
      ? true
      : compiler.isBindingElement(parent) && parent.propertyName === node;
  };

  for (const name of constantsOf(compiler, file, imported)) imported.add(name);
  compiler.forEachChild(file, visit);
}

/** Whether it only gets another name, `const started = publishOrderPlaced`: the uses of that name are found. */
function isRename(compiler: Compiler, node: ts.Identifier): boolean {
  let at: ts.Node = node;
  while (compiler.isPropertyAccessExpression(at.parent) && at.parent.name === at) at = at.parent;
  while (compiler.isParenthesizedExpression(at.parent) || compiler.isAsExpression(at.parent)) at = at.parent;
  const { parent } = at;
  return (
    compiler.isVariableDeclaration(parent) &&
    parent.initializer === at &&
    (parent.parent.flags & compiler.NodeFlags.Const) !== 0
  );
}

function visitCall(call: ts.CallExpression, tools: VisitTools): void {
  const { compiler, origins, record, eventsOf } = tools;
  const [first] = call.arguments;
  if (first === undefined || !isName(compiler, call.expression)) return;
  const node = compiler.isPropertyAccessExpression(call.expression) ? call.expression.name : call.expression;
  const text = (node as ts.Identifier).text;
  if (!mayBeUse(text, call, compiler)) return;
  const origin = origins.of(node);
  if (origin?.package === undefined) return;
  const { kind } = origin.package;
  const pass = (value: Pick<PassedValue, 'role' | 'how'> & Partial<PassedValue>) =>
    record({ node, events: noEvents, expression: first, path: [], ...value });
  if (kind === 'sdk') {
    const events = eventsOf(origin.package);
    if (origin.name === subscriberDecorator) pass({ role: 'pattern', how: `@${text}`, events });
    else if (origin.name === 'subscribe') pass({ role: 'pattern', how: 'subscribe', events });
    else if (origin.name.endsWith('Handlers')) pass({ role: 'handlers', how: origin.name, events });
  } else if (kind === 'runtime') {
    if (origin.name === 'publish' || origin.name === 'eventDraft') pass({ role: 'definition', how: origin.name });
    else if (origin.name === 'createEventBus') pass({ role: 'service', how: origin.name, path: ['service'] });
    else if (origin.name === 'publishBatch' && compiler.isArrayLiteralExpression(first)) {
      for (const draft of first.elements) {
        const isWritten = compiler.isObjectLiteralExpression(draft);
        if (isWritten) pass({ role: 'definition', node: draft, how: origin.name, expression: draft, path: ['event'] });
      }
    }
  } else if (kind === 'nestjs') visitNest(call, first, { node, origin }, tools);
}

/** Resolving a name costs more than comparing it. A decorator may have any name. */
function mayBeUse(text: string, call: ts.CallExpression, compiler: Compiler): boolean {
  return /^(publish|publishBatch|eventDraft|subscribe|createEventBus|forRoot|forRootAsync)$|Handlers$/.test(text)
    ? true
    : compiler.isDecorator(call.parent) || compiler.isIdentifier(call.expression);
}

function visitNest(
  call: ts.CallExpression,
  first: ts.Expression,
  { node, origin }: { readonly node: ts.Node; readonly origin: Origin },
  { compiler, checker, trace, decisions, record, origins, eventsOf, onMethod }: VisitTools,
): void {
  const pass = (expression: ts.Expression) =>
    record({ role: 'service', node, how: origin.name, events: noEvents, expression, path: ['service'] });
  if (origin.name === 'forRoot') pass(first);
  if (origin.name === 'forRootAsync') {
    const factory = trace(first, ['useFactory']);
    if (factory.kind === 'value') for (const result of decisions.returned(factory.type)) pass(result);
  }
  if (origin.name !== 'EventHandlers' || !compiler.isDecorator(call.parent)) return;
  const owner = call.parent.parent;
  const handlersOf = origins.of(first);
  if (handlersOf?.package?.kind !== 'sdk' || !compiler.isClassDeclaration(owner) || owner.name === undefined) return;
  const symbol = checker.getSymbolAtLocation(owner.name);
  if (symbol === undefined) return;
  const instance = checker.getDeclaredTypeOfSymbol(symbol);
  const events = eventsOf(handlersOf.package);
  const { methods = [] } = decisions.handlers({ kind: 'value', expression: undefined, type: instance }) ?? {};
  for (const { name, at } of methods) {
    const type = events.byHandler.get(name);
    if (type !== undefined) onMethod(at ?? node, type, `@EventHandlers(${handlersOf.name})`);
  }
}

/** A draft that is written as an object: `{ event: OrderPlaced, data, options }`. */
function visitLiteral(literal: ts.ObjectLiteralExpression, { compiler, checker, record }: VisitTools): void {
  for (const property of literal.properties) {
    if (property.name === undefined || !compiler.isIdentifier(property.name) || property.name.text !== 'event')
      continue;
    const contextual = checker.getContextualType(literal);
    if (contextual === undefined) return;
    const type = checker.getBaseConstraintOfType(contextual) ?? contextual;
    if (type.getSymbol()?.name !== 'EventDraft') return;
    const expression = compiler.isPropertyAssignment(property) ? property.initializer : property.name;
    record({ role: 'definition', node: property.name, how: 'EventDraft', events: noEvents, expression, path: [] });
  }
}

/** The names that the imports of a file introduce. */
function importedNames(compiler: Compiler, file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of file.statements) {
    if (!compiler.isImportDeclaration(statement)) continue;
    const clause = statement.importClause;
    if (clause?.name !== undefined) names.add(clause.name.text);
    const bindings = clause?.namedBindings;
    if (bindings === undefined) continue;
    if (compiler.isNamespaceImport(bindings)) names.add(bindings.name.text);
    else for (const { name } of bindings.elements) names.add(name.text);
  }
  return names;
}

/** Constants that may give another name to something that is imported, also by `import()`. */
function constantsOf(compiler: Compiler, file: ts.SourceFile, imported: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  const isKnown = (name: string) => imported.has(name) || names.has(name) || name.startsWith('publish');
  const visit = (node: ts.Node): void => {
    if (compiler.isBindingElement(node) && compiler.isIdentifier(node.name)) {
      const { propertyName } = node;
      if (propertyName !== undefined && compiler.isIdentifier(propertyName)) names.add(node.name.text);
      else if (compiler.isObjectBindingPattern(node.parent) && compiler.isVariableDeclaration(node.parent.parent)) {
        names.add(node.name.text);
      }
    }
    if (compiler.isVariableDeclaration(node) && compiler.isIdentifier(node.name) && node.initializer !== undefined) {
      const value = withoutCasts(compiler, node.initializer);
      const isRenamed =
        compiler.isPropertyAccessExpression(value) || (compiler.isIdentifier(value) && isKnown(value.text));
      if (isRenamed) names.add(node.name.text);
    }
    if (!compiler.isTypeNode(node)) compiler.forEachChild(node, visit);
  };
  visit(file);
  return names;
}
