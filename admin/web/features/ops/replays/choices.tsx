import { MultiSelect, TagsInput } from '@mantine/core';
import { useRef } from 'react';

interface NamesProps {
  readonly label: string;
  /** Placeholder: the meaning of an empty selection. */
  readonly none: string;
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
  /** Typed text that is not selected yet. */
  readonly typed: string;
  readonly onType: (typed: string) => void;
  readonly error: string | undefined;
}

interface ChoicesProps extends NamesProps {
  /** The values to select from. */
  readonly data: readonly string[];
}

/**
 * Selection of several values from a list. Enter selects the first match of the typed text. Text that is not selected stays
 * when the field loses the focus: without it, an empty selection would mean "all".
 */
export function Choices({ label, none, data, value, onChange, typed, onType, error }: ChoicesProps) {
  const isBlurring = useRef(false);
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
        isBlurring.current = true;
      }}
      onSearchChange={(text) => {
        // The library clears the text when the field loses the focus.
        if (!isBlurring.current) onType(text);
        isBlurring.current = false;
      }}
    />
  );
}

/** Several names without a list to select from. Enter or a comma adds the typed text; otherwise it stays, as in {@link Choices}. */
export function FreeChoices({ label, none, value, onChange, typed, onType, error }: NamesProps) {
  return (
    <TagsInput
      label={label}
      value={[...value]}
      error={error}
      searchValue={typed}
      onSearchChange={onType}
      clearable
      // The remaining text may not be a complete name.
      acceptValueOnBlur={false}
      placeholder={value.length === 0 ? none : ''}
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      onChange={(names) => onChange([...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))])}
    />
  );
}
