import { TextInput } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { isoTime, localTime } from './local-time.js';

/** Pause in typing after which the search starts, in milliseconds. */
const pauseMs = 350;

interface FilterProps {
  readonly label: string;
  readonly value: string | undefined;
  /** Called with the new filter; an empty text removes it. */
  readonly onChange: (value: string) => void;
}

/** A text field of a search. The search starts after a pause in typing, or when Enter is pressed. */
export function FilterText({ label, value = '', onChange }: FilterProps) {
  const [text, setText] = usePaused(value, onChange);
  return (
    <TextInput
      label={label}
      value={text}
      autoComplete="off"
      spellCheck={false}
      onChange={(event) => setText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onChange(text);
      }}
    />
  );
}

/** A time field of a search: ISO 8601 in the address, the browser's time zone in the field. */
export function FilterTime({ label, value, onChange }: FilterProps) {
  const shown = value === undefined ? undefined : isoTime(value);
  const [text, setText] = usePaused(shown === undefined ? '' : localTime(new Date(shown)), (local) =>
    onChange(isoTime(local) ?? ''),
  );
  return (
    <TextInput
      label={label}
      type="datetime-local"
      step={1}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

/** A text that is reported once it has not changed for a while. */
function usePaused(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const onChangeEvent = useEffectEvent(onChange);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => onChangeEvent(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text, value]);
  return [text, setText] as const;
}
