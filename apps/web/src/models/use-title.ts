import { useReadable } from '@streambed/client/react';
import { usePage } from '../shell/page-context.ts';
import { titleOf } from './model-picker.tsx';

/** What people call the model that was asked as `name`; the name itself where nothing more is known. */
export function useTitle(name: string): string {
  return useReadable(usePage().models, (models) => titleOf(models, name)) ?? name;
}
