/** The vocabulary of the sample shops. */

export const CHANNELS = ['phoenix', 'venus', 'apollo', 'mercury'] as const;

// prettier-ignore
export const ADJECTIVES = [
  'amber', 'bold', 'bright', 'calm', 'cedar', 'clever', 'coastal', 'copper', 'cosy', 'crimson', 'daily', 'fern', 'golden',
  'happy', 'hidden', 'honest', 'indigo', 'ivory', 'little', 'lunar', 'mellow', 'misty', 'modern', 'nordic', 'olive',
  'quiet', 'royal', 'rustic', 'silver', 'sunny', 'urban', 'velvet', 'wild', 'winter', 'wooden',
] as const;

// prettier-ignore
export const NOUNS = [
  'anchor', 'atelier', 'bakery', 'basket', 'bicycle', 'blossom', 'bottle', 'candle', 'canvas', 'cellar', 'coffee', 'cotton',
  'cushion', 'feather', 'garden', 'harbour', 'honey', 'kettle', 'kitchen', 'lantern', 'leather', 'linen', 'market', 'meadow',
  'mirror', 'paper', 'pepper', 'pillow', 'pottery', 'saddle', 'sneaker', 'spice', 'studio', 'tea', 'thread', 'toys',
] as const;

export const BROWSERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0',
] as const;

export const CRAWLER = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
