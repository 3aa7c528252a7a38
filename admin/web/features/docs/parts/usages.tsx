import type { CodePlace, EventModelEntry, Usage, UsagesFile } from '@hyvve-events/catalog-model';
import { Link } from '@tanstack/react-router';
import { useDocs, useUsages } from '../../../api/queries/catalog.js';
import { addressOfCode, declaredOnly } from '../../../shared/code-places.js';
import { Section } from '../../../ui/page.js';
import { ServiceLinks } from './links.js';

/** Where code publishes and handles an event. Nothing if the docs do not know any code. */
export function UsagesOfEvent({ event }: { readonly event: EventModelEntry }) {
  const usages = useUsages();
  if (usages === undefined) return null;
  const own = usages.usages.filter(({ type }) => type === event.type);
  const of = (kind: Usage['kind']) => own.filter((usage) => usage.kind === kind);
  return (
    <Section title="Used in">
      <Notices usages={usages} />
      {!event.reply && (
        <>
          <h3>Published at</h3>
          <Places usages={of('publish')} link={usages.link} empty="No code that publishes it was found." />
          <Missing services={declaredOnly(event.senders, 'publish', usages, event.type)} what="send" />
          <h3>Handled at</h3>
          <Places usages={of('handle')} link={usages.link} empty="No code that handles it was found." />
          <Missing services={declaredOnly(event.receivers, 'handle', usages, event.type)} what="receive" />
        </>
      )}
      {of('mention').length > 0 && (
        <>
          <h3>Also named at</h3>
          <Places usages={of('mention')} link={usages.link} empty="" />
        </>
      )}
    </Section>
  );
}

/** Where the code of a service publishes and handles events. Nothing if the docs do not know any code. */
export function UsagesOfService({ name }: { readonly name: string }) {
  const usages = useUsages();
  if (usages === undefined) return null;
  const own = usages.usages.filter(({ services }) => services.includes(name));
  const undecided = usages.undecided.filter(({ services }) => services.includes(name));
  const described = usages.services.find((service) => service.name === name);
  return (
    <Section title="In code">
      <Notices usages={usages} />
      {described === undefined ? (
        <p className="empty">No code of this service was found.</p>
      ) : (
        <p>
          Created at <Address place={{ ...described, column: 1 }} link={usages.link} />
        </p>
      )}
      {own.length > 0 && (
        <ul className="places">
          {own.map((usage) => (
            <li key={keyOf(usage)}>
              <Address place={usage} link={usages.link} />
              <span>
                {actions[usage.kind]}{' '}
                <Link to="/events/$type" params={{ type: usage.type }} className="mono">
                  {usage.type}
                </Link>
              </span>
            </li>
          ))}
        </ul>
      )}
      {undecided.length > 0 && (
        <>
          <h3>Which events is not known</h3>
          <ul className="places">
            {undecided.map((place) => (
              <li key={keyOf(place)}>
                <Address place={place} link={usages.link} />
                <span>{place.reason}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

const actions: Readonly<Record<Usage['kind'], string>> = {
  publish: 'publishes',
  handle: 'handles',
  mention: 'names',
};

function Notices({ usages }: { readonly usages: UsagesFile }) {
  const { hash, ownHash } = useDocs().catalog.model.catalog;
  return (
    <>
      {usages.partial && (
        <p className="notice warn">Some of the code could not be read or does not compile: places may be missing.</p>
      )}
      {usages.catalog !== hash && usages.catalog !== ownHash && (
        <p className="notice warn">
          The code was read with another version of the catalog. <code>hyvve-events usages</code> reads it again.
        </p>
      )}
    </>
  );
}

function Missing({ services, what }: { readonly services: readonly string[]; readonly what: 'send' | 'receive' }) {
  if (services.length === 0) return null;
  return (
    <div className="inline-list">
      <span className="muted">By the catalog, these also {what} it, but their code does not:</span>
      <ServiceLinks names={services} emptyText="" />
    </div>
  );
}

interface PlacesProps {
  readonly usages: readonly Usage[];
  readonly link: string | undefined;
  readonly empty: string;
}

function Places({ usages, link, empty }: PlacesProps) {
  if (usages.length === 0) return <p className="empty">{empty}</p>;
  return (
    <ul className="places">
      {usages.map((usage) => (
        <li key={keyOf(usage)}>
          <Address place={usage} link={link} />
          <span className="mono muted">{usage.how}</span>
          <ServiceLinks names={usage.services} emptyText="no service" />
        </li>
      ))}
    </ul>
  );
}

function Address({ place, link }: { readonly place: CodePlace; readonly link: string | undefined }) {
  const text = `${place.file}:${place.line}`;
  const address = addressOfCode(link, place);
  if (address === undefined) return <span className="mono">{text}</span>;
  return (
    <a href={address} target="_blank" rel="noreferrer" className="mono">
      {text}
    </a>
  );
}

function keyOf({ file, line, column, ...more }: CodePlace & { readonly type?: string; readonly kind: string }): string {
  return `${file}:${line}:${column}:${more.kind}:${more.type ?? ''}`;
}
