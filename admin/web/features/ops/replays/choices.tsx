import { MultiSelect, TagsInput } from '@mantine/core';
import { useRef } from 'react';

interface NamesProps {
  readonly label: string;
  /** What it means that nothing is chosen. */
  readonly none: string;
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  /** Text that was typed and is not chosen. */
  readonly typed: string;
  readonly onType: (typed: string) => void;
  readonly error: string | undefined;
}

interface ChoicesProps extends NamesProps {
  /** What there is to choose from. */
  readonly data: readonly string[];
}

/**
 * Several of a list. Enter chooses the first that what was typed finds. Text that is not chosen stays when the field is left:
 * a form that forgot it would take "nothing chosen" for "all".
 */
export function Choices({ label, none, data, value, onChange, typed, onType, error }: ChoicesProps) {
  const leaving = useRef(false);
  return (
    <MultiSelect
      label={label}
      data={[...data]}
      value={[...value]}
      error={error}
      searchable
      clearable
      hidePickedOptions
      selectFirstOptionOnChange={typed !== ''}
      placeholder={value.length === 0 ? none : ''}
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      nothingFoundMessage="No matches"
      onChange={onChange}
      searchValue={typed}
      onBlur={() => {
        leaving.current = true;
      }}
      onSearchChange={(text) => {
        // The library empties the text of a field that is left.
        if (!leaving.current) onType(text);
        leaving.current = false;
      }}
    />
  );
}

/** Several names without a list to choose from. Enter or a comma adds the typed text; otherwise it stays, as in {@link Choices}. */
export function FreeChoices({ label, none, value, onChange, typed, onType, error }: NamesProps) {
  return (
    <TagsInput
      label={label}
      value={[...value]}
      error={error}
      searchValue={typed}
      onSearchChange={onType}
      clearable
      // What is left in the field need not be a whole name.
      acceptValueOnBlur={false}
      placeholder={value.length === 0 ? none : ''}
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      onChange={(names) => onChange([...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))])}
    />
  );
}
