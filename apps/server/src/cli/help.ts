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
  streambed keys create --name NAME   make a key; it is shown once. Limits: --models a,b* --surfaces openai,…
                                      --requests-per-minute N --tokens-per-minute N --expires 30d|DAY
                                      Whose it is: --project NAME --user NAME. May make others: --admin
  streambed keys list                 show the keys there are (--json for programs)
  streambed keys limit ID [limits]    change its limits; none takes one away
  streambed keys rotate ID            make its secret anew (--grace 24h: the old one still works so long)
  streambed keys revoke ID            end it, with its tokens and sign-ins
  streambed usage                     sum tokens and cost: --from DAY --to DAY (not included, both UTC), --group of
                                      project,key,user,model,surface,state,day, --project NAME … (--json, --csv)
  streambed --version, --help

Flags come before environment variables, and these before streambed.yaml.
  --config FILE                       another file than ./streambed.yaml
                                      STREAMBED_CONFIG
${flags.join('\n')}

AWS credentials, the region, proxies and certificates come from the usual variables and files (AWS_PROFILE,
AWS_BEARER_TOKEN_BEDROCK, AWS_ENDPOINT_URL_BEDROCK_RUNTIME, HTTPS_PROXY, AWS_CA_BUNDLE, …).
`;
}
