import type { OlderVersionModel, UpcastStep } from '@hyvve-events/catalog-model';
import { Fragment } from 'react';

/** How data of an older major version becomes data of the next one. */
export function Conversion({ older }: { readonly older: OlderVersionModel }) {
  const { derived, step } = older;
  if (derived === undefined) {
    return (
      <p>
        Converted by the written function <code>{step}</code> of the SDK.
      </p>
    );
  }
  const changed = derived.filter(isChange);
  const copied = derived.length - changed.length;
  if (changed.length === 0) return <p>The data does not change.</p>;
  return (
    <>
      <dl className="facts-list" aria-label={`Conversion ${step}`}>
        {changed.map((each) => (
          <Fragment key={each.name}>
            <dt>
              <code>{each.name}</code>
            </dt>
            <dd>
              <StepText step={each} />
            </dd>
          </Fragment>
        ))}
      </dl>
      {copied > 0 && (
        <p className="muted">
          {copied === 1 ? 'One other property is' : `${copied} other properties are`} copied without a change.
        </p>
      )}
    </>
  );
}

/** Whether the step does more than copy the property. */
function isChange(step: UpcastStep): boolean {
  return step.do !== 'keep' || step.default !== undefined;
}

function StepText({ step }: { readonly step: UpcastStep }) {
  if (step.do === 'drop') return 'dropped';
  if (step.do === 'set') {
    return (
      <>
        set to <code>{JSON.stringify(step.value)}</code>
      </>
    );
  }
  const otherwise = step.default !== undefined && (
    <>
      {step.do === 'keep' ? 'copied' : ''}; if absent, <code>{JSON.stringify(step.default)}</code>
    </>
  );
  if (step.do === 'keep') return otherwise;
  return (
    <>
      copied from <code>{step.from}</code>
      {otherwise}
    </>
  );
}
