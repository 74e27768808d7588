with

mobility_tool as (

    select * from {{ ref('stg_mobility_tool__participant_reports') }}

),

mobilities as (

    select * from {{ ref('stg_beneficiary_module__mobilities') }}

),

module_reports as (

    select * from {{ ref('stg_beneficiary_module__participant_reports') }}

),

extracts as (

    select * from {{ ref('stg_landing__extracts') }}

),

-- A questionnaire is delivered once per mobility; should a file repeat it, the last row counts.
module_reports_ranked as (

    select
        *,
        row_number() over (partition by extract_id, report_id order by row_number desc) as rank_in_extract
    from module_reports

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
        true as has_report

    from mobility_tool

),

from_beneficiary_module as (

    select
        'beneficiary_module' as source_system,
        mobilities.extract_id,
        mobilities.row_number,
        mobilities.report_id,
        mobilities.project_code,
        mobilities.participant_id_pseudonym,
        mobilities.email_pseudonym,
        mobilities.name_birth_date_pseudonym,
        cast(null as {{ dbt.type_string() }}) as sending_erasmus_code,
        mobilities.sending_oid,
        cast(null as {{ dbt.type_string() }}) as sending_pic,
        mobilities.sending_name,
        mobilities.sending_country,
        mobilities.receiving_country,
        mobilities.activity_type,
        mobilities.is_combined,
        module_reports_ranked.has_mobility_agreement,
        module_reports_ranked.sharing_plans,
        mobilities.duration_days,
        mobilities.start_date,
        mobilities.end_date,
        module_reports_ranked.submitted_date,
        mobilities.data_type,
        module_reports_ranked.report_id is not null as has_report

    from mobilities
    left join module_reports_ranked
        on mobilities.extract_id = module_reports_ranked.extract_id
        and mobilities.report_id = module_reports_ranked.report_id
        and module_reports_ranked.rank_in_extract = 1

),

unioned as (

    select * from from_mobility_tool
    union all
    select * from from_beneficiary_module

),

final as (

    select
        unioned.*,
        extracts.extract_date,
        extracts.landing_order

    from unioned
    inner join extracts on unioned.extract_id = extracts.extract_id

)

select * from final
