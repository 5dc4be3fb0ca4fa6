import { describe, expect, it } from 'vitest';
import { LiveDisplay } from '../../../src/observe/live-display.ts';
import { TerminalScreen } from '../../support/terminal-screen.ts';

function open(columns = 80) {
  const screen = new TerminalScreen(columns);
  screen.write('$ dracula copy\n');
  return { screen, display: new LiveDisplay(screen, () => columns) };
}

describe('live display', () => {
  it('draws over what it drew, be it longer or higher', () => {
    const { screen, display } = open();
    display.draw(['a long line', 'b', 'total']);
    display.draw(['a', 'total']);
    expect(screen.text).toBe('$ dracula copy\na\ntotal');
  });

  it('keeps printed text above the block', () => {
    const { screen, display } = open();
    display.printAbove('before');
    display.draw(['a', 'total']);
    display.printAbove('warning: one\nof two lines');
    display.draw(['b', 'total']);
    expect(screen.text).toBe('$ dracula copy\nbefore\nwarning: one\nof two lines\nb\ntotal');
  });

  it('leaves nothing behind, and the cursor where the block began', () => {
    const { screen, display } = open();
    display.draw(['a', 'b', 'total']);
    display.clear();
    display.clear();
    expect(screen.text).toBe('$ dracula copy');
    expect(screen.cursor).toEqual([1, 0]);
  });

  it('finds the top of a block that a narrower window has wrapped', () => {
    const { screen, display } = open(10);
    display.draw(['123456789012345', 'total']);
    display.draw(['x']);
    expect(screen.text.split('\n')).toEqual(['$ dracula ', 'copy', 'x'].map((line) => line.trimEnd()));
  });

  it('writes a frame at once, and none when nothing changed', () => {
    const { screen, display } = open();
    display.draw(['a', 'total']);
    display.draw(['a', 'total']);
    expect(screen.writes).toHaveLength(2);
  });
});
