/**
 * Which inference profiles keep a request in the region's own geography, nearest first: their prefixes.
 * `[]` where no geography is known (Brazil, Israel, …): only `global.` profiles exist there, and those are never
 * chosen unasked.
 */
export function profilePrefixes(region: string): readonly string[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (region.startsWith('us-')) return ['us'];
  if (region.startsWith('eu-')) return ['eu'];
  if (region.startsWith('ca-')) return ['ca'];
  if (region === 'ap-northeast-1' || region === 'ap-northeast-3') return ['jp', 'apac'];
  if (region === 'ap-southeast-2' || region === 'ap-southeast-4') return ['au', 'apac'];
  if (region === 'ap-south-1' || region === 'ap-south-2') return ['in', 'apac'];
  if (region.startsWith('ap-')) return ['apac'];
  return [];
}

/** One region of the geography a profile prefix stands for: what an error can suggest. */
export const exampleRegion: Readonly<Record<string, string>> = {
  us: 'us-east-1',
  'us-gov': 'us-gov-west-1',
  eu: 'eu-central-1',
  apac: 'ap-southeast-1',
  jp: 'ap-northeast-1',
  au: 'ap-southeast-2',
  ca: 'ca-central-1',
  in: 'ap-south-1',
};
