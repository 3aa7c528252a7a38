import type { JsonSchema, SchemaObject } from '@hyvve-events/catalog-model';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useDocs } from '../../../api/queries/catalog.js';
import {
  constraintsOf,
  descriptionOf,
  type Field,
  fieldsOf,
  isPersonal,
  isSchema,
  linkOf,
  refOf,
  typeOf,
  valuesOf,
} from '../../../shared/describe-schema.js';
import { Inline } from '../../../ui/prose.js';

interface TreeProps {
  readonly name: string;
  /** Path of the field that the address names. */
  readonly field: string | undefined;
  /** The page that deep links to fields lead to. */
  readonly page: { readonly to: '/events/$type'; readonly type: string } | { readonly to: '/schemas/$name' };
}

/** A schema as a tree. Referenced schemas can be opened in place, and each field has a deep link. */
export function SchemaTree({ name, field, page }: TreeProps) {
  const { definitions } = useDocs().catalog;
  const schema = definitions.get(name);
  const fields = isSchema(schema) ? below(schema, '', definitions) : [];
  if (fields.length === 0) return <p className="empty">{describeEmpty(schema)}</p>;
  return (
    <div className="tree">
      <Rows fields={fields} inside={[name]} field={field} page={page} owner={name} />
    </div>
  );
}

function describeEmpty(schema: JsonSchema | undefined): string {
  return isSchema(schema) ? `No fields: ${typeOf(schema)}.` : 'The catalog does not describe this schema.';
}

/** The rows below a schema, including those of the schema that it refers to. */
function below(schema: SchemaObject, path: string, definitions: ReadonlyMap<string, JsonSchema>): readonly Field[] {
  const own = fieldsOf(schema, path);
  const link = linkOf(schema);
  const target = link === undefined ? undefined : definitions.get(link);
  if (!isSchema(target)) return own;
  return [...own, ...fieldsOf(target, refOf(schema) === undefined ? `${path}[]` : path)];
}

interface RowsProps extends Omit<TreeProps, 'name'> {
  readonly fields: readonly Field[];
  /** Names of the enclosing schemas, so that a recursive schema is not opened endlessly. */
  readonly inside: readonly string[];
  readonly owner: string;
}

function Rows({ fields, ...rest }: RowsProps) {
  return (
    <ul>
      {fields.map((field) => (
        <Row key={field.path} row={field} {...rest} />
      ))}
    </ul>
  );
}

function Row({ row, inside, field, page, owner }: Omit<RowsProps, 'fields'> & { readonly row: Field }) {
  const { schema, path, label, required } = row;
  const { definitions } = useDocs().catalog;
  const link = linkOf(schema);
  const rows = below(schema, path, definitions);
  const isTarget = field === path;
  const leadsToTarget =
    field !== undefined && field !== path && /^[.[]/.test(field.slice(path.length)) && field.startsWith(path);
  const isCircular = link !== undefined && inside.includes(link);
  const [open, setOpen] = useState(leadsToTarget || (!isCircular && inside.length < 3 && rows.length <= 12));
  const place = useRef<HTMLLIElement>(null);
  const router = useRouter();
  useEffect(() => {
    if (leadsToTarget) setOpen(true);
    if (!isTarget) return undefined;
    const show = () => place.current?.scrollIntoView({ block: 'center' });
    show();
    // The router scrolls to the top after it has rendered an address, possibly after this effect.
    return router.subscribe('onRendered', show);
  }, [isTarget, leadsToTarget, router]);
  return (
    <li ref={place} className={isTarget ? 'field target' : 'field'} aria-current={isTarget ? 'true' : undefined}>
      <div className="field-head">
        <DeepLink path={path} page={page} owner={owner} label={label} />
        <span className="type">
          {link === undefined ? (
            typeOf(schema)
          ) : (
            <>
              {refOf(schema) === undefined && 'list of '}
              <Link to="/schemas/$name" params={{ name: link }}>
                {link}
              </Link>
            </>
          )}
        </span>
        {required ? <span className="mark required">required</span> : <span className="mark quiet">optional</span>}
        {isPersonal(schema) && <span className="mark personal">personal data</span>}
        {schema.deprecated === true && <span className="mark warn">deprecated</span>}
        {rows.length > 0 && (
          <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide' : 'Show'} {rows.length} {rows.length === 1 ? 'field' : 'fields'}
            <span className="visually-hidden"> of {label}</span>
          </button>
        )}
      </div>
      <Facts schema={schema} />
      {open && rows.length > 0 && (
        <Rows
          fields={rows}
          inside={link === undefined ? inside : [...inside, link]}
          field={field}
          page={page}
          owner={owner}
        />
      )}
    </li>
  );
}

interface DeepLinkProps {
  readonly path: string;
  readonly label: string;
  readonly page: TreeProps['page'];
  readonly owner: string;
}

function DeepLink({ path, label, page, owner }: DeepLinkProps) {
  const common = { className: 'field-name', title: `Link to ${path}`, search: { field: path }, resetScroll: false };
  return page.to === '/events/$type' ? (
    <Link to={page.to} params={{ type: page.type }} {...common}>
      {label}
    </Link>
  ) : (
    <Link to={page.to} params={{ name: owner }} {...common}>
      {label}
    </Link>
  );
}

function Facts({ schema }: { readonly schema: SchemaObject }) {
  const description = descriptionOf(schema);
  const constraints = constraintsOf(schema);
  const values = valuesOf(schema).map((value) => JSON.stringify(value));
  return (
    <>
      {description !== undefined && (
        <p className="field-text">
          <Inline text={description} />
        </p>
      )}
      {constraints.length + values.length > 0 || 'default' in schema ? (
        <p className="facts">
          {constraints.map((constraint) => (
            <span key={constraint}>{constraint}</span>
          ))}
          {values.length > 0 && (
            <span>
              one of{' '}
              {values.map((value) => (
                <code key={value}>{value}</code>
              ))}
            </span>
          )}
          {'default' in schema && (
            <span>
              default <code>{JSON.stringify(schema.default)}</code>
            </span>
          )}
        </p>
      ) : null}
    </>
  );
}
