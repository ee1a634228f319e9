import { answerText } from '@streambed/client';
import { editLast } from '../asking/composer.tsx';
import { pickToCompare } from '../compare/comparing.ts';
import { prefer, preferences, type Theme } from '../preferences.ts';
import { parameters } from '../settings/parameter-store.ts';
import { presetOf } from '../settings/preset-store.ts';
import { activityAddress, compareAddress, comparedTurn, goToAddress } from '../shell/address.ts';
import { openDrawer, type Panel } from '../shell/drawer-store.ts';
import { toggleRail } from '../shell/rail-store.ts';
import { shortcuts } from '../shell/shortcuts.ts';
import { paletteTexts } from '../texts/palette.ts';
import { settingsTexts } from '../texts/settings.ts';
import { texts } from '../texts.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import type { Command } from './commands.ts';
import type { PageScope } from './page-scope.ts';

const words = paletteTexts;

/** Everything the shell and the composer can do. */
export function pageCommands(scope: PageScope): readonly Command[] {
  return [
    ...actions(scope),
    ...panels(),
    ...themes(),
    ...presetCommands(scope),
    ...modelCommands(scope),
    ...conversationCommands(scope),
  ];
}

function actions(scope: PageScope): readonly Command[] {
  const { conversation, asking, line } = scope;
  const { running, turns } = conversation.get();
  const last = turns.at(-1);
  const { stream } = preferences.get();
  const action = (id: string, title: string, run: () => void, keys?: string): Command => ({
    id,
    title,
    run,
    group: words.groups.actions,
    ...(keys !== undefined && { keys }),
  });
  return [
    action('new', texts.header.newConversation, scope.newConversation, shortcuts.newConversation),
    ...(running ? [action('stop', words.stop, scope.stop, 'Esc')] : []),
    action('write', words.write, scope.focus, shortcuts.focus),
    ...(turns.length > 0 && !running
      ? [
          ...(comparedTurn.get() === undefined
            ? [action('edit', words.editLast, () => editLast(conversation, asking), '↑')]
            : []),
          action('copy', words.copyLast, () => void copyLast(conversation)),
          action('again', words.again, () => void conversation.retry({ model: scope.model, stream })),
        ]
      : []),
    action('files', words.addFiles, () => document.getElementById('choose-files')?.click()),
    action('model', words.chooseModel, scope.chooseModel),
    action('compare', words.compare, () => pickToCompare({ type: 'question' }), shortcuts.compare),
    ...(last !== undefined && last.answers.keys.length > 1
      ? [action('beside', words.sideBySide, () => goToAddress(compareAddress(conversation.id, last.key)))]
      : []),
    action('stream', stream ? words.streamOff : words.streamOn, () => prefer({ stream: !stream })),
    action('rail', settingsTexts.keys.rail, toggleRail, shortcuts.rail),
    action('plug', words.pull, () => line.pull(2_500)),
  ];
}

async function copyLast(conversation: PageScope['conversation']): Promise<void> {
  const last = conversation.get().turns.at(-1);
  if (last !== undefined) await writeClipboard(answerText(last.answer));
}

function panels(): readonly Command[] {
  const activity: Command = {
    id: 'open-activity',
    group: words.groups.open,
    title: texts.header.activity,
    run: () => goToAddress(activityAddress),
  };
  const drawers = (['parameters', 'connection', 'settings', 'keys'] as const satisfies Panel[]).map(
    (panel) => ({
      id: `open-${panel}`,
      group: words.groups.open,
      title: texts.drawer[panel],
      run: () => openDrawer(panel),
      ...(panel === 'parameters' && { keys: shortcuts.parameters }),
    }),
  );
  return [activity, ...drawers];
}

function themes(): readonly Command[] {
  const chosen = preferences.get().theme;
  return (['system', 'light', 'dark'] as const satisfies Theme[]).map((theme) => ({
    id: `theme-${theme}`,
    group: words.groups.theme,
    title: texts.header.theme[theme],
    selected: theme === chosen,
    run: () => prefer({ theme }),
  }));
}

function presetCommands({ presets }: PageScope): readonly Command[] {
  const current = presetOf(parameters.get(), presets.get());
  return presets.get().map((preset) => ({
    id: `preset-${preset.name}`,
    group: words.groups.presets,
    title: words.usePreset(preset.name),
    selected: preset === current,
    run: () => parameters.set(preset.parameters),
  }));
}

function modelCommands({ models, model }: PageScope): readonly Command[] {
  return models.models.map(({ name, title, provider }) => ({
    id: `model-${name}`,
    group: words.groups.model,
    title: words.useModel(title),
    also: `${name} ${provider}`,
    selected: name === model,
    run: () => prefer({ model: name }),
  }));
}

function conversationCommands({ conversation, conversations, open }: PageScope): readonly Command[] {
  return conversations.get().items.map(({ id, title }) => ({
    id: `conversation-${id}`,
    group: words.groups.conversations,
    title,
    selected: id === conversation.id,
    run: () => open(id),
  }));
}
