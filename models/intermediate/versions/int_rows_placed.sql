{#- Every row of every raw table with the status in which it ended, as the figures use it. -#}

{%- set placed_in = {
    'mobility_tool__participant_report': ref('int_reports_versioned'),
    'beneficiary_module__mobility': ref('int_reports_versioned'),
    'beneficiary_module__participant_report': ref('int_module_reports_placed'),
    'coordinator_survey__answer': ref('int_survey_answers_placed'),
    'dbh__staff_fte': ref('int_staff_fte_placed'),
    'dbh__position_code': ref('int_position_codes_placed'),
    'dbh__institution': ref('int_dbh_institutions_placed'),
    'institution_profiles__indicator_value': ref('int_indicator_values_placed'),
    'eu_open_data__mobility': ref('int_open_mobilities_versioned'),
} %}

with

{%- for raw_table, placed in placed_in.items() %}

{{ raw_table }} as (

    select
        '{{ raw_table }}' as raw_table,
        extract_id,
        row_number,
        {%- if placed.identifier == 'int_open_mobilities_versioned' %}
        -- Public files hold every country, sector and learner; why a row is out of scope stands in that model.
        case when row_status in ('current', 'superseded', 'incoming') then row_status else 'out_of_scope' end as row_status
        {%- else %}
        row_status
        {%- endif %}
    from {{ placed }}
    {%- if placed.identifier == 'int_reports_versioned' %}
    where source_system = '{{ raw_table.split("__")[0] }}'
    {%- endif %}

),
{%- endfor %}

final as (
    {% for raw_table in placed_in %}
    select * from {{ raw_table }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select * from final
