with

mobility_tool as (

    {{ delivered_rows(ref('stg_mobility_tool__participant_reports'), 'mobility_tool__participant_report') }}

),

beneficiary_module as (

    select * from {{ ref('int_module_mobilities_reported') }}

),

from_mobility_tool as (

    select
        'mobility_tool' as source_system,
        extract_id,
        row_number,
        report_id,
        project_code,
        participant_id_pseudonym,
        email_pseudonym,
        name_birth_date_pseudonym,
        sending_erasmus_code,
        cast(null as {{ dbt.type_string() }}) as sending_oid,
        sending_pic,
        sending_name,
        sending_country,
        receiving_country,
        activity_type,
        is_combined,
        has_mobility_agreement,
        sharing_plans,
        duration_days,
        start_date,
        end_date,
        submitted_date,
        'mobility' as data_type,
        true as has_report,
        is_rejected,
        extract_date,
        landing_order

    from mobility_tool

),

from_beneficiary_module as (

    select
        'beneficiary_module' as source_system,
        extract_id,
        row_number,
        report_id,
        project_code,
        participant_id_pseudonym,
        email_pseudonym,
        name_birth_date_pseudonym,
        cast(null as {{ dbt.type_string() }}) as sending_erasmus_code,
        sending_oid,
        cast(null as {{ dbt.type_string() }}) as sending_pic,
        sending_name,
        sending_country,
        receiving_country,
        activity_type,
        is_combined,
        has_mobility_agreement,
        sharing_plans,
        duration_days,
        start_date,
        end_date,
        submitted_date,
        data_type,
        has_report,
        is_rejected,
        extract_date,
        landing_order

    from beneficiary_module

),

unioned as (

    select * from from_mobility_tool
    union all
    select * from from_beneficiary_module

),

final as (

    select
        *,
        {{ call_year_of('project_code') }} as call_year

    from unioned

)

select * from final
