import type { EventModelEntry, ModelLanguage } from '@hyvve-events/catalog-model';
import { useModels } from '../../../api/queries/catalog.js';
import { languageNames } from '../../../shared/model-languages.js';
import { CodeBlock } from '../../../ui/code/code-block.js';

interface ModelCodeProps {
  readonly event: EventModelEntry;
  readonly language: ModelLanguage;
}

/** How an event is published in another language, and the model of its payload. */
export function ModelCode({ event, language }: ModelCodeProps) {
  const models = useModels(language);
  if (models === undefined) return <div className="live-place" />;
  const code = Object.hasOwn(models.events, event.type) ? models.events[event.type] : undefined;
  const name = languageNames[language];
  if (code === undefined) {
    return (
      <p className="empty">
        The models of {name} do not have this event. <code>hyvve-events models {language}</code> writes them again.
      </p>
    );
  }
  return (
    <>
      {code.publish !== undefined && (
        <CodeBlock language={language} code={code.publish} label={`${name} that publishes ${event.key}`} />
      )}
      <CodeBlock language={language} code={code.model} label={`${name} model: ${code.file}`} />
    </>
  );
}
