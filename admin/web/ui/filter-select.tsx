import { type ComboboxData, Select } from '@mantine/core';

interface FilterSelectProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: ComboboxData;
  /** Shown while no option is selected: "Any". */
  readonly placeholder: string;
  /** Accessible name of the button that removes the filter: "Any status". */
  readonly clearLabel: string;
  /** Text when no option contains what was typed. Undefined: the options cannot be searched. */
  readonly nothingFound?: string;
  /** Called with the selected option; an empty text removes the filter. */
  readonly onChange: (value: string) => void;
}

/** A field of a search with a list of options. */
export function FilterSelect(props: FilterSelectProps) {
  const { label, value, options, placeholder, clearLabel, nothingFound, onChange } = props;
  return (
    <Select
      label={label}
      placeholder={placeholder}
      clearable
      searchable={nothingFound !== undefined}
      nothingFoundMessage={nothingFound}
      value={value ?? null}
      data={options}
      clearButtonProps={{ 'aria-label': clearLabel }}
      onChange={(selected) => onChange(selected ?? '')}
    />
  );
}
