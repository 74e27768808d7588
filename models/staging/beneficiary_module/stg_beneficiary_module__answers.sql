{{ staged_answers('beneficiary_module__participant_report') }}
