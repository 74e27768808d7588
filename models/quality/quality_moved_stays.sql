with

moved as (

    select * from {{ ref('int_reports_moved') }}

),

final as (

    select
        report_key,
        extract_id,
        moved_to_report_key,
        moved_by,
        n_candidates,
        n_rivals,
        is_ambiguous

    from moved

)

select * from final
