import { isObject, isText } from './frames.ts';

/** One model a person can choose. */
export interface ModelListing {
  /** What to put into `request.model`: an alias or a Bedrock id. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly provider: string;
  readonly family: string;
  /** Whatever else the server says of it (limits, abilities, prices). */
  readonly [field: string]: unknown;
}

/** What can be asked here, and what answers. */
export interface Catalogue {
  readonly models: readonly ModelListing[];
  readonly upstream: { readonly kind: 'bedrock' | 'emulator'; readonly region: string };
}

/** Reads `streambed/v1/models` under `base`. Throws when the server can't be reached or doesn't answer as one. */
export async function fetchCatalogue(
  base: string,
  options: { readonly signal?: AbortSignal; readonly fetch?: typeof fetch } = {},
): Promise<Catalogue> {
  const url = new URL('streambed/v1/models', base);
  const response = await (options.fetch ?? fetch)(url, {
    headers: { accept: 'application/json' },
    ...(options.signal && { signal: options.signal }),
  });
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
  return readCatalogue(await response.json());
}

function readCatalogue(body: unknown): Catalogue {
  if (!isObject(body) || !Array.isArray(body.models))
    throw new Error('The list of models could not be read.');
  const upstream = isObject(body.upstream) ? body.upstream : {};
  return {
    models: body.models.filter(isObject).flatMap((model) =>
      isText(model.name)
        ? [
            {
              ...model,
              name: model.name,
              title: isText(model.title) ? model.title : model.name,
              provider: isText(model.provider) ? model.provider : '',
              family: isText(model.family) ? model.family : '',
            },
          ]
        : [],
    ),
    upstream: {
      kind: upstream.kind === 'emulator' ? 'emulator' : 'bedrock',
      region: isText(upstream.region) ? upstream.region : '',
    },
  };
}
