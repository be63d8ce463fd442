/** What others write comes to our pages as text: nothing in it runs, and nothing in it is loaded from anywhere. */
import { expect, test } from 'vitest';
import { plainText, renderMarkdown, sanitiseHtml } from '#domain/html.ts';

test.each([
  '<img src="https://spy.example/1.gif">',
  '<img src=x onerror=alert(1)>',
  '<img srcset="https://spy.example/2.gif 2x">',
  '<picture><source srcset="https://spy.example/3.webp"><img src="https://spy.example/3.jpg"></picture>',
  '<svg><image href="https://spy.example/4.png"/></svg>',
  '<math><mtext><img src="https://spy.example/5.png"></mtext></math>',
  '<video poster="https://spy.example/6.jpg" src="https://spy.example/6.mp4"></video>',
  '<audio src="https://spy.example/7.mp3"></audio>',
  '<input type="image" src="https://spy.example/8.png">',
  '<object data="https://spy.example/9.svg"></object><embed src="https://spy.example/9.svg">',
  '<iframe src="https://spy.example/10"></iframe>',
  '<link rel="stylesheet" href="https://spy.example/11.css"><style>p{background:url(https://spy.example/11.png)}</style>',
  '<p style="background-image:url(https://spy.example/12.png)">text</p>',
  '<table background="https://spy.example/13.png"><tr><td>text</td></tr></table>',
  '<noscript><img src="https://spy.example/14.png"></noscript>',
  '<template><img src="https://spy.example/15.png"></template>',
  '<xmp><img src="https://spy.example/16.png"></xmp>',
])('nothing is loaded for %s', (html) => {
  const clean = sanitiseHtml(`<p>before</p>${html}<p>after</p>`);
  expect(clean).not.toMatch(/<(?!\/?p>)/);
  expect(clean).not.toMatch(/src|style=|url\(|href/);
  expect(clean).toContain('after');
});

test('a link stays a link, and a picture in Markdown becomes none', () => {
  expect(sanitiseHtml('<a href="https://coop.example/" target="_blank" onclick="x()">here</a>')).toBe(
    '<a href="https://coop.example/" rel="nofollow noopener noreferrer ugc">here</a>',
  );
  expect(renderMarkdown('![a cat](https://spy.example/cat.jpg)')).not.toContain('spy.example');
  expect(plainText('<p>a<img src="https://spy.example/x.png" alt="b"> c</p>')).toBe('a c');
});
