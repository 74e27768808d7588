{{ staged_answers(source('beneficiary_module', 'beneficiary_module__participant_report')) }}
