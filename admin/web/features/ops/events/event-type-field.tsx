import { useDocs } from '../../../api/queries/catalog.js';
import { FilterSelect } from '../../../ui/filter-select.js';

interface EventTypeFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  /** Called with the selected type; an empty text removes the filter. */
  readonly onChange: (type: string) => void;
}

/** A field of a search: one of the catalog's event types. */
export function EventTypeField({ label, value, onChange }: EventTypeFieldProps) {
  const { model } = useDocs().catalog;
  return (
    <FilterSelect
      label={label}
      value={value}
      options={model.events.map(({ type }) => type)}
      placeholder="All"
      clearLabel="All types"
      nothingFound="The catalog has no such event"
      onChange={onChange}
    />
  );
}
