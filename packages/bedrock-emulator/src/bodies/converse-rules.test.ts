import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFrames } from '../../../../test/support/frames.ts';
import { haiku, type Json, opus48, post } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';

const nova = 'amazon.nova-lite-v1:0';
const nova2 = 'us.amazon.nova-2-lite-v1:0';
const micro = 'amazon.nova-micro-v1:0';
const llama33 = 'us.meta.llama3-3-70b-instruct-v1:0';
const mistral = 'mistral.ministral-3-14b-instruct';
const titan = 'amazon.titan-text-express-v1';
const qwen = 'qwen.qwen3-32b-v1:0';
const palmyra = 'us.writer.palmyra-x5-v1:0';
const sonnet46 = 'us.anthropic.claude-sonnet-4-6';

const user = (...content: Json[]) => ({ role: 'user', content });
const assistant = (...content: Json[]) => ({ role: 'assistant', content });
const text = (value = 'Hi') => ({ text: value });
const use = (id = 't1', more = {}) => ({ toolUse: { toolUseId: id, name: 'search', input: {}, ...more } });
const result = (id = 't1', more = {}) => ({ toolResult: { toolUseId: id, content: [text('ok')], ...more } });
const search = { toolSpec: { name: 'search', inputSchema: { json: { type: 'object', properties: {} } } } };
const toolConfig = { tools: [search] };
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = (more = {}) => ({ image: { format: 'png', source: { bytes: png }, ...more } });
const pdf = (name: string, more = {}) => ({
  document: { format: 'pdf', name, source: { bytes: 'JVBERi0xLjQK' }, ...more },
});
const point = (more = {}) => ({ cachePoint: { type: 'default', ...more } });
const looped = (...results: Json[]) => ({
  messages: [user(text()), assistant(use()), user(...results)],
  toolConfig,
});

interface Row {
  readonly model?: string;
  readonly body: Json;
  readonly says: string;
  readonly status?: number;
  readonly type?: string;
  /** True: only in streams. False: only whole. */
  readonly stream?: boolean;
  /** `recorded`, `reported`, `Anthropic` (its own words, passed on), `documented`, or `none`: the closest form. */
  readonly source: 'recorded' | 'reported' | 'Anthropic' | 'documented' | 'none';
}

const model = 'The model returned the following errors: ';
const constraint = (path: string, what: string, value = '') =>
  `1 validation error detected: Value${value} at '${path}' failed to satisfy constraint: Member must ${what}`;

/** Each breaks one rule alone. */
const rows: Readonly<Record<string, Row>> = {
  // Roles and content.
  'no messages': { body: {}, says: constraint('messages', 'not be null'), source: 'documented' },
  'an empty list of messages': {
    body: { messages: [] },
    says: 'The messages field is empty. Add a Message object to the messages field and try again.',
    source: 'none',
  },
  'a message without content': {
    body: { messages: [user()] },
    says: 'The content field in the Message object at messages.0 is empty. Add a ContentBlock object to the content field and try again.',
    source: 'reported',
  },
  'a blank text': {
    body: { messages: [user(text(' \n'))] },
    says: 'The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.',
    source: 'reported',
  },
  'the assistant first': {
    body: { messages: [assistant(text())] },
    says: 'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    source: 'reported',
  },
  'one role twice': {
    body: { messages: [user(text()), user(text())] },
    says: 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    source: 'reported',
  },
  'an unknown role': {
    body: { messages: [{ role: 'system', content: [text()] }] },
    says: constraint('messages.1.member.role', 'satisfy enum value set: [user, assistant]'),
    source: 'documented',
  },
  'the assistant last': {
    model: llama33,
    body: { messages: [user(text()), assistant(text())] },
    says: 'A conversation must end with a user message. Try again with a conversation that ends with a user message.',
    source: 'reported',
  },
  'a beginning for a Claude that takes none': {
    model: sonnet46,
    body: { messages: [user(text()), assistant(text())] },
    says: `${model}This model does not support assistant message prefill. The conversation must end with a user message.`,
    source: 'Anthropic',
  },
  'a beginning that ends in white space': {
    body: { messages: [user(text()), assistant(text('So '))] },
    says: `${model}messages: final assistant content cannot end with trailing whitespace`,
    source: 'Anthropic',
  },
  'text that is no list': {
    body: { messages: [{ role: 'user', content: 'Hi' }] },
    says: 'The format of the value at messages.0.content is invalid. Provide a json array for the field and try again.',
    source: 'none',
  },
  'a block of no kind': {
    body: { messages: [user({})] },
    says: 'The ContentBlock object at messages.0.content.0 must set one of the following keys: text, image,',
    source: 'none',
  },
  'a field Converse has not': {
    body: { messages: [user(text())], stream: true },
    says: 'Malformed input request: #: extraneous key [stream] is not permitted, please reformat your input and try again.',
    source: 'none',
  },

  // Tools.
  'tool blocks without tools': {
    body: { messages: [user(text()), assistant(use()), user(result())] },
    says: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    source: 'reported',
  },
  'a result too many': {
    body: looped(result(), result('t2')),
    says: 'The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.',
    source: 'reported',
  },
  'a result too few': {
    body: {
      messages: [user(text()), assistant(use(), use('t2')), user(result())],
      toolConfig,
    },
    says: 'Expected toolResult blocks at messages.2.content for the following Ids: t2',
    source: 'reported',
  },
  'a result for another call': {
    body: looped(result('t9')),
    says: 'Expected toolResult blocks at messages.2.content for the following Ids: t1',
    source: 'reported',
  },
  'one id twice': {
    body: { messages: [user(text()), assistant(use(), use()), user(result())], toolConfig },
    says: 'The toolUse blocks at messages.1.content contain duplicate Ids: t1',
    source: 'reported',
  },
  'an error without a word': {
    body: looped(result('t1', { content: [], status: 'error' })),
    says: 'The content field at messages.2.content.0.toolResult cannot be empty when status value is error.',
    source: 'reported',
  },
  'a json result that is no object': {
    body: looped(result('t1', { content: [{ json: [1] }] })),
    says: 'The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again.',
    source: 'reported',
  },
  'a json result with a __type in it': {
    body: looped(result('t1', { content: [{ json: { a: [{ __type: 'x' }] } }] })),
    says: 'The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again.',
    source: 'reported',
  },
  'text beside a result on Mistral': {
    model: mistral,
    body: looped(result(), text()),
    says: 'messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn.',
    source: 'reported',
  },
  'text beside a call on Llama': {
    stream: false,
    model: llama33,
    body: { messages: [user(text()), assistant(text(), use()), user(result())], toolConfig },
    says: 'messages.1.content: Conversation blocks and tool use blocks cannot be provided in the same turn.',
    source: 'reported',
  },
  'a document beside a result on Claude': {
    body: looped(result(), text(), pdf('A')),
    says: `${model}messages.1: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: t1. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    source: 'reported',
  },
  'a call at the end on Claude': {
    body: { messages: [user(text()), assistant(use())], toolConfig },
    says: `${model}messages.1: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: t1.`,
    source: 'Anthropic',
  },
  'a status on Palmyra': {
    stream: false,
    model: palmyra,
    body: looped(result('t1', { status: 'success' })),
    says: "This model doesn't support the status field. Remove status and try again.",
    source: 'none',
  },
  'tools on a model without': {
    model: titan,
    body: { messages: [user(text())], toolConfig },
    says: "This model doesn't support tool use.",
    source: 'reported',
  },
  'tools in a stream of Llama': {
    model: llama33,
    stream: true,
    body: { messages: [user(text())], toolConfig },
    says: "This model doesn't support tool use in streaming mode.",
    source: 'reported',
  },
  'a forced choice on Llama': {
    model: llama33,
    body: { messages: [user(text())], toolConfig: { ...toolConfig, toolChoice: { any: {} } } },
    says: "This model doesn't support the toolConfig.toolChoice.any field. Remove any and try again.",
    source: 'reported',
  },
  'a forced choice while thinking': {
    body: {
      messages: [user(text())],
      toolConfig: { ...toolConfig, toolChoice: { any: {} } },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    says: `${model}Thinking may not be enabled when tool_choice forces tool use.`,
    source: 'Anthropic',
  },
  'a tool without a name': {
    body: {
      messages: [user(text())],
      toolConfig: { tools: [{ toolSpec: { ...search.toolSpec, name: '' } }] },
    },
    says: "2 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+; Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must have length greater than or equal to 1",
    source: 'reported',
  },
  'an empty description': {
    body: {
      messages: [user(text())],
      toolConfig: { tools: [{ toolSpec: { ...search.toolSpec, description: '' } }] },
    },
    says: constraint(
      'toolConfig.tools.1.member.toolSpec.description',
      'have length greater than or equal to 1',
      " ''",
    ),
    source: 'reported',
  },
  'a tool name with a dot in the conversation': {
    body: {
      messages: [user(text()), assistant(use('t1', { name: 'a.b' })), user(result())],
      toolConfig,
    },
    says: constraint(
      'messages.2.member.content.1.member.toolUse.name',
      'satisfy regular expression pattern: [a-zA-Z0-9_-]+',
    ),
    source: 'reported',
  },
  'a system tool that is not there': {
    model: nova,
    body: { messages: [user(text())], toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } },
    says: "This model doesn't support the toolConfig.tools.systemTool field. Remove systemTool and try again.",
    source: 'none',
  },

  // Images, documents, video.
  'an image for a model without eyes': {
    model: micro,
    body: { messages: [user(image())] },
    says: "This model doesn't support the image field for user messages.",
    source: 'reported',
  },
  'an image of the assistant': {
    body: { messages: [user(text()), assistant(image()), user(text())] },
    says: "This model doesn't support the image field for assistant messages.",
    source: 'reported',
  },
  'an unknown image format': {
    body: { messages: [user(text(), image({ format: 'jpg' }))] },
    says: constraint(
      'messages.1.member.content.2.member.image.format',
      'satisfy enum value set: [png, jpeg, gif, webp]',
    ),
    source: 'reported',
  },
  'another format than the label says': {
    body: { messages: [user(image({ format: 'jpeg' }))] },
    says: `${model}messages.0.content.0.image.source.base64: The image was specified using the image/jpeg media type, but the image appears to be a image/png image`,
    source: 'Anthropic',
  },
  'bytes that are no image': {
    body: { messages: [user(image({ source: { bytes: 'AAAA' } }))] },
    says: `${model}Could not process image`,
    source: 'Anthropic',
  },
  'an image of more than 3.75 MB': {
    body: { messages: [user(image({ source: { bytes: png.slice(0, 80) + 'A'.repeat(5_300_000) } }))] },
    says: `${model}messages.0.content.0.image.source.base64: image exceeds 5 MB maximum`,
    source: 'Anthropic',
  },
  '21 images on Claude': {
    body: { messages: [user(...Array.from({ length: 21 }, () => image()))] },
    says: `${model}messages: too many images: image_count > 20`,
    source: 'reported',
  },
  '21 images on Nova': {
    model: nova,
    body: { messages: [user(...Array.from({ length: 21 }, () => image()))] },
    says: "You can't include more than 20 images in a request.",
    source: 'none',
  },
  'an image in S3 on Claude': {
    body: { messages: [user(image({ source: { s3Location: { uri: 's3://bucket/kiwi.jpg' } } }))] },
    says: "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
    source: 'recorded',
  },
  'a document in S3 on Claude': {
    body: { messages: [user(text(), pdf('A', { source: { s3Location: { uri: 's3://bucket/a.pdf' } } }))] },
    says: `${model}messages.0.content.1.document.source.type: Field required`,
    source: 'recorded',
  },
  'a document in S3 in a result on Nova 2': {
    model: nova2,
    body: looped(
      result('t1', { content: [pdf('A', { source: { s3Location: { uri: 's3://bucket/a.pdf' } } })] }),
    ),
    says: `${model}Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat your input and try again.`,
    source: 'recorded',
  },
  'a document without text': {
    body: { messages: [user(pdf('A'))] },
    says: 'A text block must be included when using documents.',
    source: 'reported',
  },
  'a document name with a dot': {
    body: { messages: [user(text(), pdf('a.pdf'))] },
    says: "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
    source: 'reported',
  },
  'a document name twice': {
    body: { messages: [user(text(), pdf('A'), pdf('A'))] },
    says: "Messages can't contain duplicate document names.",
    source: 'reported',
  },
  'six documents': {
    body: { messages: [user(text(), ...['A', 'B', 'C', 'D', 'E', 'F'].map((name) => pdf(name)))] },
    says: "You can't include more than 5 documents in a request.",
    source: 'reported',
  },
  'a document of more than 4.5 MB': {
    model: nova,
    body: { messages: [user(text(), pdf('A', { source: { bytes: 'A'.repeat(6_400_000) } }))] },
    says: 'The document at messages.0.content.1.document exceeds the maximum size of 4.5 MB.',
    source: 'none',
  },
  'a document for Nova Micro': {
    model: micro,
    body: { messages: [user(text(), pdf('A'))] },
    says: "This model doesn't support documents.",
    source: 'reported',
  },
  'a video for a model without': {
    body: { messages: [user(text(), { video: { format: 'mp4', source: { bytes: 'AAAA' } } })] },
    says: "This model doesn't support the video field for user messages.",
    source: 'none',
  },

  // Thinking.
  'thinking somebody else has signed': {
    body: {
      messages: [
        user(text()),
        assistant({ reasoningContent: { reasoningText: { text: 'Hm.', signature: 'RXRrQg==' } } }, text()),
        user(text()),
      ],
    },
    says: `${model}messages.1.content.0: Invalid \`signature\` in \`thinking\` block`,
    source: 'reported',
  },
  'thinking without a signature': {
    body: {
      messages: [
        user(text()),
        assistant({ reasoningContent: { reasoningText: { text: 'Hm.' } } }, text()),
        user(text()),
      ],
    },
    says: `${model}messages.1.content.0.thinking.signature: Field required`,
    source: 'Anthropic',
  },
  'a seal somebody else has made': {
    body: {
      messages: [
        user(text()),
        assistant({ reasoningContent: { redactedContent: 'AAAA' } }, text()),
        user(text()),
      ],
    },
    says: `${model}messages.1.content.0: Invalid \`data\` in \`redacted_thinking\` block`,
    source: 'Anthropic',
  },
  'thinking for a model that has none': {
    model: 'anthropic.claude-3-haiku-20240307-v1:0',
    body: {
      messages: [user(text())],
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    },
    says: `${model}Malformed input request: #: extraneous key [thinking] is not permitted, please reformat your input and try again.`,
    source: 'recorded',
  },

  // Prompt cache.
  'a cache point for a model without': {
    model: llama33,
    body: { messages: [user(text(), point())] },
    says: 'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    status: 403,
    type: 'AccessDeniedException',
    source: 'reported',
  },
  'five cache points': {
    body: { messages: [user(...Array.from({ length: 5 }, () => [text(), point()]).flat())] },
    says: `${model}A maximum of 4 blocks with cache_control may be provided. Found 5.`,
    source: 'Anthropic',
  },
  'the longer life after the shorter': {
    body: { system: [text(), point()], messages: [user(text(), point({ ttl: '1h' }))] },
    says: `${model}messages.0.content.1.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.`,
    source: 'Anthropic',
  },
  'an unknown cache point': {
    body: { messages: [user(text(), { cachePoint: { type: 'mine' } })] },
    says: constraint(
      'messages.1.member.content.2.member.cachePoint.type',
      'satisfy enum value set: [default]',
    ),
    source: 'documented',
  },

  // Settings.
  'a system prompt for a model without': {
    model: titan,
    body: { system: [text()], messages: [user(text())] },
    says: "This model doesn't support system messages.",
    source: 'reported',
  },
  'stop sequences on Qwen': {
    model: qwen,
    body: { messages: [user(text())], inferenceConfig: { stopSequences: ['x'] } },
    says: "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
    source: 'reported',
  },
  'maxTokens 0': {
    body: { messages: [user(text())], inferenceConfig: { maxTokens: 0 } },
    says: constraint('inferenceConfig.maxTokens', 'have value greater than or equal to 1', " '0'"),
    source: 'documented',
  },
  'more tokens than the model has': {
    model: 'anthropic.claude-3-haiku-20240307-v1:0',
    body: { messages: [user(text())], inferenceConfig: { maxTokens: 5000 } },
    says: 'The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.',
    source: 'reported',
  },
  'temperature 1.5': {
    body: { messages: [user(text())], inferenceConfig: { temperature: 1.5 } },
    says: constraint('inferenceConfig.temperature', 'have value less than or equal to 1', " '1.5'"),
    source: 'documented',
  },
  'topP -1': {
    body: { messages: [user(text())], inferenceConfig: { topP: -1 } },
    says: constraint('inferenceConfig.topP', 'have value greater than or equal to 0', " '-1'"),
    source: 'documented',
  },
  'an empty stop sequence': {
    body: { messages: [user(text())], inferenceConfig: { stopSequences: [''] } },
    says: constraint(
      'inferenceConfig.stopSequences.1.member',
      'have length greater than or equal to 1',
      " ''",
    ),
    source: 'documented',
  },
  'temperature and topP on a newer Claude': {
    body: { messages: [user(text())], inferenceConfig: { temperature: 1, topP: 1 } },
    says: `${model}\`temperature\` and \`top_p\` cannot both be specified for this model. Please use only one.`,
    source: 'reported',
  },
  'temperature on a Claude that takes none': {
    model: opus48,
    body: { messages: [user(text())], inferenceConfig: { temperature: 0.5 } },
    says: `${model}temperature: Extra inputs are not permitted`,
    source: 'none',
  },
  'a field of its own that Claude does not know': {
    body: { messages: [user(text())], additionalModelRequestFields: { context_management: {} } },
    says: `${model}context_management: Extra inputs are not permitted`,
    source: 'recorded',
  },
  'a field of its own that Nova does not know': {
    model: nova,
    body: { messages: [user(text())], additionalModelRequestFields: { top_k: 1 } },
    says: `${model}Malformed input request: #: extraneous key [top_k] is not permitted, please reformat your input and try again.`,
    source: 'recorded',
  },
  'an unknown beta': {
    body: { messages: [user(text())], additionalModelRequestFields: { anthropic_beta: ['nonsense'] } },
    says: `${model}invalid beta flag`,
    source: 'reported',
  },
  'a schema that is no JSON': {
    body: {
      messages: [user(text())],
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{' } } } },
    },
    says: 'The format of the value at outputConfig.textFormat.structure.jsonSchema.schema is invalid.',
    source: 'none',
  },
  'structured output on a model without': {
    model: nova,
    body: {
      messages: [user(text())],
      outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema: { schema: '{}' } } } },
    },
    says: "This model doesn't support the outputConfig.textFormat field. Remove textFormat and try again.",
    source: 'none',
  },
  'an effort for a model that does not think': {
    model: nova,
    body: { messages: [user(text())], outputConfig: { effort: 'low' } },
    says: "This model doesn't support the outputConfig.effort field. Remove effort and try again.",
    source: 'none',
  },
  'more effort than Converse takes': {
    model: opus48,
    body: { messages: [user(text())], outputConfig: { effort: 'max' } },
    says: "This model doesn't support the outputConfig.effort field. Remove effort and try again.",
    source: 'none',
  },
  'fields of its own that are no object': {
    body: { messages: [user(text())], additionalModelRequestFields: 'think' },
    says: 'The format of the value at additionalModelRequestFields is invalid. Provide a json object for the field and try again.',
    source: 'none',
  },
  'an unknown latency': {
    body: { messages: [user(text())], performanceConfig: { latency: 'fast' } },
    says: constraint('performanceConfig.latency', 'satisfy enum value set: [standard, optimized]', " 'fast'"),
    source: 'documented',
  },
  'a guardrail that is not there': {
    body: {
      messages: [user(text())],
      guardrailConfig: { guardrailIdentifier: 'nobody1', guardrailVersion: '1' },
    },
    says: 'The guardrail identifier or version provided in the request does not exist.',
    source: 'reported',
  },
  'more than the model can read': {
    model: nova,
    body: { messages: [user(text('word '.repeat(500_000)))] },
    says: `${model}Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.`,
    source: 'recorded',
  },
  'a model nobody knows': {
    model: 'does-not-exist',
    body: { messages: [user(text())] },
    says: 'The provided model identifier is invalid.',
    source: 'recorded',
  },
  'a base id that needs a profile': {
    model: 'anthropic.claude-sonnet-4-6',
    body: { messages: [user(text())] },
    says: 'Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    source: 'reported',
  },
  'a prompt with settings of its own': {
    model: 'arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT12345:1',
    body: { messages: [user(text())], inferenceConfig: { maxTokens: 5 } },
    says: "This model doesn't support the inferenceConfig field. Remove inferenceConfig and try again.",
    source: 'none',
  },
};

describe('Converse refuses', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({
      pace: 'instant',
      profiles: { 'PROMPT12345:1': 'anthropic.claude-haiku-4-5-20251001-v1:0' },
    });
  });
  afterAll(() => emulator.stop());

  it.each(Object.entries(rows))('%s', async (_, { model: id = haiku, body, says, stream, ...row }) => {
    if (stream !== true) {
      const answer = await post(emulator, id, 'converse', body);
      const { message } = (await answer.json()) as Json;
      expect(message).toContain(says);
      expect(answer.status).toBe(row.status ?? 400);
      expect(answer.headers.get('x-amzn-errortype')).toContain(row.type ?? 'ValidationException');
    }
    if (stream === false) return;
    // A stream says the same; what Claude itself refuses comes as its first and only frame.
    const answer = await post(emulator, id, 'converse-stream', body);
    if (says.startsWith(model) && id.includes('anthropic')) {
      expect(answer.status).toBe(200);
      expect(readFrames(Buffer.from(await answer.arrayBuffer()))).toEqual([
        {
          kind: 'exception',
          type: 'validationException',
          payload: { message: expect.stringContaining(says) },
        },
      ]);
      return;
    }
    expect(((await answer.json()) as Json).message).toContain(says);
    expect(answer.status).toBe(row.status ?? 400);
  });
});
