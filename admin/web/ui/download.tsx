import { Button } from '@mantine/core';
import { useState } from 'react';

interface DownloadProps {
  readonly name: string;
  /** Media type. */
  readonly kind: string;
  /** Creates or fetches the text to save. A link cannot be used because it does not send the token. */
  readonly text: () => string | Promise<string>;
  readonly label: string;
}

/** A button that saves a text as a file. */
export function Download({ name, kind, text, label }: DownloadProps) {
  const [failed, setFailed] = useState(false);
  const save = async () => {
    try {
      const url = URL.createObjectURL(new Blob([await text()], { type: kind }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      URL.revokeObjectURL(url);
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <Button variant="default" size="xs" onClick={() => void save()} aria-label={`Download ${label}`}>
      {failed ? `${label} could not be loaded; try again` : label}
    </Button>
  );
}
