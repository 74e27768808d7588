{{ staged_answers('mobility_tool__participant_report') }}
