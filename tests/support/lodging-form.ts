/** What a member fills in for a room that may be published. */
export const lodgingForm = (title: string): Record<string, string> => ({
  kind: 'lodging',
  purpose: 'offer',
  title,
  text: 'Une chambre claire.',
  priceType: 'money',
  price: '42,50',
  currency: 'EUR',
  unit: 'night',
  quantity: '2',
  place: 'Marseille',
  precision: 'town',
  audience: 'public',
});
