/** Valid and invalid texts of each format. */
export const formatTexts: readonly (readonly [format: string, valid: readonly string[], refused: readonly string[]])[] =
  [
    ['date', ['2024-02-29', '0400-02-29'], ['2023-02-29', '2026-02-31', '2026-2-3', '20260203', '2026-02-0১']],
    [
      'time',
      ['08:30:06Z', '23:59:60+00:00', '00:29:60-23:30', '08:30:06.123456+05:30'],
      ['08:30:06', '08:30:06+05', '24:00:00Z', '23:59:60+01:00', '08:30:60Z'],
    ],
    [
      'date-time',
      ['1985-04-12T23:20:50.52Z', '1985-04-12t00:59:59.999999999999999z', '1990-12-31T15:59:60-08:00'],
      ['1985-04-12T23:20:50+01', '2016-12-31T24:59:60+01:00', '1985-04-12T23:20:50Z\n', '1985-04-12'],
    ],
    ['duration', ['P1D', 'PT90M', 'P1Y2M3DT4H5M6S', 'P4W'], ['P', 'PT', 'P1', '1D', 'P1W1D']],
    ['email', ['ada@example.com', 'a.b+c@x.example'], ['@', 'ada@', 'a b@example.com', 'ada.@example.com']],
    [
      'hostname',
      ['example.com', 'xn--bcher-kva.example', 'a--b.example', `${'a'.repeat(63)}.de`],
      ['example.com.', '-a.de', `${'a'.repeat(64)}.de`, 'a_b.de', 'xn--x', 'xn--la-0ea', '', 'bücher.example'],
    ],
    ['ipv4', ['192.0.2.1', '0.0.0.0'], ['192.0.2.01', '256.0.0.1', '1.2.3']],
    [
      'ipv6',
      ['::', '2001:db8::1', '::ffff:192.0.2.1', '1:2:3:4:5:6:7:8'],
      ['1::2::3', ':::', '12345::', '1:2:3:4:5:6:7', 'fe80::1%eth0', '::ffff:192.0.2.01'],
    ],
    [
      'uri',
      ['https://example.com/a?b#c', 'urn:isbn:1', 'http://[2001:db8::7]:80/'],
      [
        '/a',
        'a:',
        'https://example.com/"',
        'https://example.com:port/',
        'http:/[::1]',
        'https://example.com/%zz',
        'https://example.com/ä',
      ],
    ],
    [
      'uri-reference',
      ['', '/a', '?q=1', '//example.com', './a:b'],
      ['1:b', '//a@b@example.com/', '//example.com:x/', '/a b', '/[x]'],
    ],
    [
      'uri-template',
      ['/orders/{id}', "it's/{a.b}", '{?q*}', '{var:30}'],
      ['/orders/{id', '{}', '{a..b}', '{v:01}', 'a b', 'a\u007f'],
    ],
    ['url', ['https://example.com/a', 'ftp://user@example.com'], ['example.com', 'https://', 'http://10.0.0.1']],
    ['uuid', ['0fa6ef40-8f47-40a8-8cf6-f8607d0066ef'], ['0fa6ef40', '0fa6ef408f4740a88cf6f8607d0066ef']],
    [
      'cuid2',
      ['tz4a98xxat96iws9zmbrgj3a', 'a1', `z${'9'.repeat(31)}`],
      ['a', '1a', 'tz4a98xxAt96', 'a_1', `a${'0'.repeat(32)}`, 'a1\n'],
    ],
    ['json-pointer', ['', '/a~1b/0'], ['a', '/~2']],
    ['relative-json-pointer', ['0', '1/a', '2#'], ['/a', '01']],
    ['regex', ['^a+$', '[\\w-.]', '\\p{Lu}'], ['^(abc]', '\\a']],
    ['byte', ['', 'YWJj', 'YQ=='], ['YWJ', 'a%==']],
  ];
