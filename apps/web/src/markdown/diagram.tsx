import type { ReactNode } from 'react';

export default function Diagram({ fallback }: { readonly source: string; readonly fallback: ReactNode }) {
  return fallback;
}
