import { createContext } from 'react';
import type { Asking } from './asking.ts';

/** What is about to be asked in the conversation that is shown. */
export const AskingContext = createContext<Asking | undefined>(undefined);
