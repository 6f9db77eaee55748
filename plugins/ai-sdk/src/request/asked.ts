import type { Model } from '../load-package.ts';

/** Whom a request is written for. */
export interface Asked {
  /** The provider's name in the config: whose seals come back. */
  readonly provider: string;
  readonly version: Model['specificationVersion'];
  /** The URLs that the model's own vendor fetches, by media type. */
  readonly urls: Readonly<Record<string, readonly RegExp[]>>;
}

/** Whom a model is. One that tells its URLs only later takes none. */
export function askedOf(provider: string, model: Model): Asked {
  const { supportedUrls: urls } = model;
  return { provider, version: model.specificationVersion, urls: 'then' in urls ? {} : urls };
}

/** Whether the model takes a file of that type by its URL. */
export function takesUrl({ urls }: Asked, mediaType: string, url: string): boolean {
  const type = mediaType.toLowerCase();
  return Object.entries(urls).some(([key, patterns]) => {
    const wanted = key.toLowerCase();
    const fits = wanted === '*' || wanted === '*/*' || wanted === type;
    const inside = wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1));
    return (fits || inside) && patterns.some((pattern) => pattern.test(url.toLowerCase()));
  });
}
