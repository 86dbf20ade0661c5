-- Payments are found by the link that they came from, as by their order number. Ids are compared in small letters, as all of it is.
INSERT INTO payment_search (payment_id, merchant_id, mode, field, value)
SELECT payments.id, payments.merchant_id, payments.mode, 'link', LOWER(link_payments.link_id)
FROM link_payments JOIN payments ON payments.id = link_payments.payment_id;
