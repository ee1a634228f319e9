import { settings } from '../config/settings.ts';

/** What `streambed --help` prints. */
export function helpText(): string {
  const flags = settings
    .filter(({ flag }) => flag !== undefined)
    .map(({ flag, value, help, variables }) => {
      const left = `  --${flag}${value === undefined ? '' : ` ${value}`}`;
      return `${left.padEnd(38)}${help}\n${''.padEnd(38)}${variables.join(', ')}`;
    });
  return `streambed: a real-time gateway and chat for Amazon Bedrock

Usage
  streambed [serve] [flags]           serve the chat and the APIs
  streambed emulator --port N         serve a local Bedrock, alone
  streambed doctor [flags]            check credentials, region, model access, clock and port
  streambed --version, --help

Flags come before environment variables, and these before streambed.yaml.
  --config FILE                       another file than ./streambed.yaml
                                      STREAMBED_CONFIG
${flags.join('\n')}

AWS credentials, the region, proxies and certificates come from the usual variables and files (AWS_PROFILE,
AWS_BEARER_TOKEN_BEDROCK, AWS_ENDPOINT_URL_BEDROCK_RUNTIME, HTTPS_PROXY, AWS_CA_BUNDLE, …).
`;
}
