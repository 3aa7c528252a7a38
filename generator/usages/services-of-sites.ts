import type { ts } from 'ts-morph';
import type { Compiler } from './compiler.js';
import { withoutCasts } from './origins.js';
import type { Sites } from './record.js';

interface SiteTools {
  readonly compiler: Compiler;
  readonly checker: ts.TypeChecker;
  readonly servicesOf: (file: ts.SourceFile) => readonly string[];
}

const mostSteps = 6;

/**
 * The services of a place: those of its file. In a file that names several services, the bus of the call decides, if it is a constant of
 * the file.
 */
export function servicesOfSites(
  { services }: Pick<Sites, 'services'>,
  { compiler, checker, servicesOf }: SiteTools,
): (node: ts.Node) => readonly string[] {
  const namesIn = (node: ts.Node) =>
    new Set(services.flatMap(({ node: at, name }) => (name !== undefined && isWithin(at, node) ? [name] : [])));

  /** The constant at the beginning of `bus.withContext(…)`, or the one that it is made from. */
  const ofBus = (expression: ts.Expression, steps: number): string | undefined => {
    const root = rootOf(compiler, expression);
    if (!compiler.isIdentifier(root) || steps === 0) return undefined;
    const declaration = checker.getSymbolAtLocation(root)?.valueDeclaration;
    if (declaration === undefined || !compiler.isVariableDeclaration(declaration)) return undefined;
    if (declaration.initializer === undefined) return undefined;
    const [name, ...others] = namesIn(declaration);
    if (name !== undefined) return others.length === 0 ? name : undefined;
    return ofBus(declaration.initializer, steps - 1);
  };

  /** The bus of the call that a place is in: `bus.subscribe(…)`, or the first argument of a publish function. */
  const ofPlace = (node: ts.Node): string | undefined => {
    for (let at = node; at.parent !== undefined; at = at.parent) {
      const call = at.parent;
      if (!compiler.isCallExpression(call)) continue;
      const { expression, arguments: given } = call;
      const isMethod =
        compiler.isPropertyAccessExpression(expression) &&
        /^(subscribe|publish|publishBatch)$/.test(expression.name.text);
      const [first] = isMethod ? [expression.expression] : at === expression ? given : [];
      const found = first === undefined ? undefined : ofBus(first, mostSteps);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return (node) => {
    const file = node.getSourceFile();
    const own = namesIn(file).size > 1 ? ofPlace(node) : undefined;
    return own === undefined ? servicesOf(file) : [own];
  };
}

function isWithin(node: ts.Node, outer: ts.Node): boolean {
  return node.getSourceFile() === outer.getSourceFile() && node.pos >= outer.pos && node.end <= outer.end;
}

/** What a chain of calls and properties begins with: `bus` of `bus.withContext(…)`. */
function rootOf(compiler: Compiler, expression: ts.Expression): ts.Expression {
  const inner = withoutCasts(compiler, expression);
  if (compiler.isCallExpression(inner) || compiler.isPropertyAccessExpression(inner)) {
    return rootOf(compiler, inner.expression);
  }
  return inner;
}
