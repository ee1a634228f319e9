import type { Catalogue } from '@streambed/client';
import { createContext } from 'react';

/** What answers here; undefined until the server has said it. */
export const UpstreamContext = createContext<Catalogue['upstream'] | undefined>(undefined);
